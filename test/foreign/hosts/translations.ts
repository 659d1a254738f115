import { EVERYWHERE, type KnownHost } from './known-host';

/** Ports of containers, transparent proxies, redirects: translations of other ports, or of all. */
export const TRANSLATIONS: readonly KnownHost[] = [
  {
    name: 'Docker: a published container, user chains, FORWARD closed',
    script: `
      compat -t nat -N DOCKER
      compat -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
      iptables-nft -t nat -A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
      iptables-nft -t nat -A DOCKER ! -i docker0 -p tcp --dport 8082 -j DNAT --to-destination 172.17.0.2:80
      compat -N DOCKER-USER
      compat -A FORWARD -j DOCKER-USER
      compat -P FORWARD DROP`,
    works: EVERYWHERE,
  },
  {
    name: 'Podman (netavark): its table translates ports of containers',
    script: `nft_load <<'END'
      table inet netavark {
        chain NETAVARK-HOSTPORT-SETMARK { meta mark set mark or 0x2000; }
        chain NETAVARK-HOSTPORT-DNAT { ip saddr 127.0.0.1 tcp dport 8082 jump NETAVARK-HOSTPORT-SETMARK; tcp dport 8082 dnat ip to 10.89.0.2:80; }
        chain PREROUTING { type nat hook prerouting priority dstnat; fib daddr type local jump NETAVARK-HOSTPORT-DNAT; }
        chain OUTPUT { type nat hook output priority -100; fib daddr type local jump NETAVARK-HOSTPORT-DNAT; }
        chain POSTROUTING { type nat hook postrouting priority srcnat; meta mark & 0x2000 == 0x2000 masquerade; }
        chain INPUT { type filter hook input priority filter; ip saddr 10.89.0.0/24 meta l4proto { tcp, udp } th dport 53 accept; }
        chain FORWARD { type filter hook forward priority filter; ct state invalid drop; }
      }
END`,
    works: EVERYWHERE,
  },
  {
    name: 'CNI portmap: a chain for ports of pods, by addrtype, with the mark 0x2000',
    script: `
      for chain in CNI-HOSTPORT-DNAT CNI-HOSTPORT-SETMARK CNI-HOSTPORT-MASQ CNI-DN-1; do compat -t nat -N $chain; done
      compat -t nat -A CNI-HOSTPORT-SETMARK -j MARK --set-xmark 0x2000/0x2000
      compat -t nat -A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE
      iptables-nft -t nat -A CNI-DN-1 -s 10.88.0.0/16 -p tcp --dport 8082 -j CNI-HOSTPORT-SETMARK
      iptables-nft -t nat -A CNI-DN-1 -p tcp --dport 8082 -j DNAT --to-destination 10.88.0.2:80
      compat -t nat -A CNI-HOSTPORT-DNAT -p tcp -m multiport --dports 8082 -j CNI-DN-1
      compat -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
      compat -t nat -A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
      compat -t nat -A POSTROUTING -j CNI-HOSTPORT-MASQ`,
    works: EVERYWHERE,
    reports: ['siderolabs/talos#9223'],
  },
  {
    name: 'libvirt: rules for its bridge, with either tool',
    script: `
      for chain in LIBVIRT_INP LIBVIRT_FWX; do legacy -N $chain; done
      legacy -I INPUT -j LIBVIRT_INP
      legacy -A LIBVIRT_INP -i virbr0 -p udp -m multiport --dports 53,67 -j ACCEPT
      legacy -A LIBVIRT_INP -i virbr0 -p tcp -m multiport --dports 53,67 -j ACCEPT
      legacy -A FORWARD -j LIBVIRT_FWX
      legacy -A LIBVIRT_FWX -o virbr0 -j REJECT
      nft_load <<'END'
      table ip libvirt_network {
        chain guest_input { type filter hook forward priority filter; oif "lo" reject; }
        chain guest_nat { type nat hook postrouting priority srcnat; ip saddr 192.168.122.0/24 ip daddr != 192.168.122.0/24 masquerade; }
      }
END`,
    works: EVERYWHERE,
  },
  {
    name: 'LXD, Incus: a chain for each bridge, a proxy device that translates',
    script: `nft_load <<'END'
      table inet lxd {
        chain in.lxdbr0 { type filter hook input priority filter; iifname "lxdbr0" udp dport { 53, 67 } accept; }
        chain fwd.lxdbr0 { type filter hook forward priority filter; oifname "lxdbr0" accept; }
        chain prert.c1 { type nat hook prerouting priority dstnat; ip daddr 10.77.0.1 tcp dport 8082 dnat ip to 10.44.0.2:80; }
        chain out.c1 { type nat hook output priority -100; ip daddr 10.77.0.1 tcp dport 8082 dnat ip to 10.44.0.2:80; }
      }
END`,
    works: EVERYWHERE,
  },
  {
    name: 'systemd-networkd, systemd-nspawn: its table of translated ports',
    script: `nft_load <<'END'
      table ip io.systemd.nat {
        map map_port_ipport { type inet_proto . inet_service : ipv4_addr . inet_service; elements = { tcp . 8082 : 10.99.0.2 . 80 } }
        chain prerouting { type nat hook prerouting priority dstnat + 1; fib daddr type local dnat ip addr . port to meta l4proto . th dport map @map_port_ipport; }
        chain output { type nat hook output priority -99; ip daddr != 127.0.0.0/8 oif "lo" dnat ip addr . port to meta l4proto . th dport map @map_port_ipport; }
      }
END`,
    works: EVERYWHERE,
  },
  {
    name: 'Istio: all TCP from outside is redirected to its proxy, by rules that were there before',
    script: `
      for chain in ISTIO_INBOUND ISTIO_IN_REDIRECT; do legacy -t nat -N $chain; done
      legacy -t nat -A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006
      for port in 22 53 80; do legacy -t nat -A ISTIO_INBOUND -p tcp --dport $port -j RETURN; done
      legacy -t nat -A ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT
      legacy -t nat -A PREROUTING -p tcp -j ISTIO_INBOUND`,
    works: EVERYWHERE,
    said: { nft: ['port-taken'] },
  },
  {
    name: 'Tor: the host sends its TCP and DNS through a transparent proxy, but for its own addresses',
    script: `
      iptables-legacy -w -t nat -A OUTPUT -d 127.0.0.0/8 -j RETURN
      iptables-legacy -w -t nat -A OUTPUT -m addrtype --dst-type LOCAL -j RETURN
      iptables-legacy -w -t nat -A OUTPUT -p udp --dport 53 -j REDIRECT --to-ports 5353
      iptables-legacy -w -t nat -A OUTPUT -p tcp --syn -j REDIRECT --to-ports 9040`,
    works: EVERYWHERE,
  },
  {
    name: 'Web servers: the same recipe for another port, with its mark',
    script: `
      legacy -t nat -A PREROUTING -p tcp --dport 8081 -j REDIRECT --to-ports 80
      legacy -t mangle -A PREROUTING -p tcp --dport 80 -j MARK --set-mark 1
      legacy -A INPUT -m mark --mark 1 -j DROP`,
    works: EVERYWHERE,
    reports: ['rtkwlf/cookbook-simple-iptables#24'],
  },
  {
    name: 'Docker 28: packets to containers themselves dropped in raw, a port kept to a loopback address',
    script: `
      iptables-nft -w -t raw -A PREROUTING -d 172.17.0.2 ! -i docker0 -j DROP
      iptables-nft -w -t raw -A PREROUTING -d 127.0.0.1 ! -i lo -p tcp --dport 8082 -j DROP
      iptables-nft -w -t nat -A PREROUTING -m addrtype --dst-type LOCAL -p tcp --dport 8082 -j DNAT --to-destination 172.17.0.2:80`,
    works: EVERYWHERE,
    reports: ['docker/docs#25760'],
  },
  {
    name: 'Linkerd: all TCP from outside redirected to its proxy, what leaves on lo excepted',
    script: `
      for chain in PROXY_INIT_REDIRECT PROXY_INIT_OUTPUT; do legacy -t nat -N $chain; done
      legacy -t nat -A PROXY_INIT_REDIRECT -p tcp -m multiport --dports 4190,4191,22,53,80 -j RETURN
      legacy -t nat -A PROXY_INIT_REDIRECT -p tcp -j REDIRECT --to-ports 4143
      legacy -t nat -A PREROUTING -j PROXY_INIT_REDIRECT
      legacy -t nat -A PROXY_INIT_OUTPUT -m owner --uid-owner 2102 -j RETURN
      legacy -t nat -A PROXY_INIT_OUTPUT -o lo -j RETURN
      legacy -t nat -A PROXY_INIT_OUTPUT -p tcp -j REDIRECT --to-ports 4140
      legacy -t nat -A OUTPUT -j PROXY_INIT_OUTPUT`,
    works: EVERYWHERE,
    said: { nft: ['port-taken'] },
    reports: ['linkerd/linkerd2-proxy#1219'],
  },
  {
    name: 'Consul: all TCP redirected to its proxy in both directions, that to 127.0.0.1 excepted',
    script: `
      for chain in CONSUL_PROXY_INBOUND CONSUL_PROXY_OUTPUT; do legacy -t nat -N $chain; done
      legacy -t nat -A CONSUL_PROXY_INBOUND -p tcp -m multiport --dports 22,53,80 -j RETURN
      legacy -t nat -A CONSUL_PROXY_INBOUND -p tcp -j REDIRECT --to-ports 20000
      legacy -t nat -A PREROUTING -p tcp -j CONSUL_PROXY_INBOUND
      legacy -t nat -A CONSUL_PROXY_OUTPUT -m owner --uid-owner 5995 -j RETURN
      iptables-legacy -w -t nat -A CONSUL_PROXY_OUTPUT -d 127.0.0.1 -j RETURN
      legacy -t nat -A CONSUL_PROXY_OUTPUT -p tcp -j REDIRECT --to-ports 15001
      legacy -t nat -A OUTPUT -p tcp -j CONSUL_PROXY_OUTPUT`,
    works: EVERYWHERE,
    said: { nft: ['port-taken'] },
    reports: ['hashicorp/consul#9910'],
  },
  {
    name: 'sing-box: all TCP from others redirected to its tunnel, behind the usual priority',
    script: `nft_load <<'END'
      table inet sing-box {
        set inet4_local { type ipv4_addr; flags interval; elements = { 10.77.0.0/24, 127.0.0.0/8 } }
        set inet6_local { type ipv6_addr; flags interval; elements = { fd77::/64, ::1/128 } }
        chain prerouting {
          type nat hook prerouting priority dstnat + 1;
          ct mark 0x2024 return
          tcp dport { 22, 53, 80 } return
          meta l4proto tcp redirect to :43889
        }
        chain output {
          type nat hook output priority mangle + 1;
          meta mark 0x2024 return
          ip daddr @inet4_local return
          ip6 daddr @inet6_local return
          meta l4proto tcp redirect to :43889
        }
      }
END`,
    works: EVERYWHERE,
    reports: ['SagerNet/sing-box#3584', 'SagerNet/sing-box#4339'],
  },
  {
    name: 'NetworkManager: a shared connection with a table of its own',
    script: `nft_load <<'END'
      table ip nm-shared-wlan0 {
        chain nat_postrouting { type nat hook postrouting priority srcnat; ip saddr 10.42.0.0/24 ip daddr != 10.42.0.0/24 masquerade; }
        chain filter_forward {
          type filter hook forward priority filter;
          ip daddr 10.42.0.0/24 oifname "wlan0" ct state { established, related } accept
          iifname "wlan0" oifname "wlan0" accept
          iifname "wlan0" reject
          oifname "wlan0" reject
        }
      }
END`,
    works: EVERYWHERE,
    reports: ['home-assistant/operating-system#3865'],
  },
  {
    name: 'A redirect of the public port itself, older than the published port',
    script: `
      for protocol in tcp udp; do
        legacy -t nat -A PREROUTING -p $protocol --dport 8445 -j REDIRECT --to-ports 80
        legacy -t nat -A OUTPUT -o lo -p $protocol --dport 8445 -j REDIRECT --to-ports 80
      done`,
    works: EVERYWHERE,
    said: { nft: ['port-taken'] },
    reports: ['rufengsuixing/luci-app-adguardhome#5'],
  },
];
