/**
 * The rules that programs leave on hosts, reduced to what meets a published port, in our own words. `legacy` and `compat`
 * are iptables-legacy and iptables-nft for both families; `nft_load` reads a ruleset.
 */
export interface KnownHost {
  name: string;
  script: string;
  /** From where the public port works. */
  works: readonly ('outside' | 'server')[];
}

/** For `sh`, before every script. */
export const FUNCTIONS = `
legacy() { iptables-legacy -w "$@"; ip6tables-legacy -w "$@"; }
compat() { iptables-nft -w "$@"; ip6tables-nft -w "$@"; }
nft_load() { nft -f -; }
`;

const EVERYWHERE = ['outside', 'server'] as const;
const LOCALLY = ['server'] as const;

export const KNOWN_HOSTS: readonly KnownHost[] = [
  {
    name: 'kube-proxy: marks for masquerading and for dropping',
    script: `
      for chain in KUBE-SERVICES KUBE-NODEPORTS KUBE-MARK-MASQ KUBE-MARK-DROP KUBE-POSTROUTING; do compat -t nat -N $chain; done
      compat -t nat -A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
      compat -t nat -A KUBE-MARK-DROP -j MARK --set-xmark 0x8000/0x8000
      compat -t nat -A KUBE-NODEPORTS -p tcp --dport 30080 -j KUBE-MARK-MASQ
      compat -t nat -A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
      compat -t nat -A PREROUTING -j KUBE-SERVICES
      compat -t nat -A OUTPUT -j KUBE-SERVICES
      compat -t nat -A KUBE-POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE
      compat -t nat -A POSTROUTING -j KUBE-POSTROUTING
      compat -N KUBE-FIREWALL
      compat -A KUBE-FIREWALL -m mark --mark 0x8000/0x8000 -j DROP
      compat -A INPUT -j KUBE-FIREWALL
      compat -A OUTPUT -j KUBE-FIREWALL`,
    works: EVERYWHERE,
  },
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
    name: 'ufw: all denied but SSH and the public port',
    script: `
      for chain in ufw-before-input ufw-user-input; do compat -N $chain; done
      compat -A ufw-before-input -i lo -j ACCEPT
      compat -A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      compat -A ufw-before-input -m conntrack --ctstate INVALID -j DROP
      compat -A ufw-user-input -p tcp --dport 22 -j ACCEPT
      compat -A ufw-user-input -p tcp --dport 8445 -j ACCEPT
      compat -A ufw-user-input -p udp --dport 8445 -j ACCEPT
      compat -A INPUT -j ufw-before-input
      compat -A INPUT -j ufw-user-input
      compat -P INPUT DROP`,
    works: LOCALLY,
  },
  {
    name: 'ufw: all denied but SSH and the target port',
    script: `
      compat -N ufw-user-input
      compat -A INPUT -i lo -j ACCEPT
      compat -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      compat -A INPUT -j ufw-user-input
      compat -A ufw-user-input -p tcp --dport 22 -j ACCEPT
      compat -A ufw-user-input -p tcp --dport 8443 -j ACCEPT
      compat -A ufw-user-input -p udp --dport 8443 -j ACCEPT
      compat -P INPUT DROP`,
    works: EVERYWHERE,
  },
  {
    name: 'firewalld: accepts what is translated, rejects the rest',
    script: `nft_load <<'END'
      table inet firewalld {
        chain filter_INPUT {
          type filter hook input priority filter + 10; policy accept;
          ct state { established, related } accept
          ct status dnat accept
          iifname "lo" accept
          ct state invalid drop
          jump filter_INPUT_ZONES
          reject with icmpx admin-prohibited
        }
        chain filter_INPUT_ZONES { goto filter_IN_public; }
        chain filter_IN_public { tcp dport 22 accept; meta l4proto { icmp, ipv6-icmp } accept; }
      }
END`,
    works: EVERYWHERE,
  },
  {
    name: 'wg-quick: marks of connections saved and restored',
    script: `
      iptables-legacy -t raw -A PREROUTING ! -i wg0 -d 10.66.0.2 -m addrtype ! --src-type LOCAL -j DROP
      legacy -t mangle -A POSTROUTING -p udp -m mark --mark 0xca6c -j CONNMARK --save-mark
      legacy -t mangle -A PREROUTING -p udp -j CONNMARK --restore-mark`,
    works: EVERYWHERE,
  },
  {
    name: 'mwan3: every connection is marked with a mask of six bits',
    script: `
      legacy -t mangle -N mwan3_hook
      legacy -t mangle -A PREROUTING -j mwan3_hook
      legacy -t mangle -A OUTPUT -j mwan3_hook
      legacy -t mangle -A mwan3_hook -j CONNMARK --restore-mark --nfmask 0x3f00 --ctmask 0x3f00
      iptables-legacy -t mangle -A mwan3_hook -m mark --mark 0/0x3f00 -j MARK --set-xmark 0x3f00/0x3f00
      legacy -t mangle -A mwan3_hook -j CONNMARK --save-mark --nfmask 0x3f00 --ctmask 0x3f00`,
    works: EVERYWHERE,
  },
  {
    name: 'keepalived: its own table drops the address that a backup does not have',
    script: `nft_load <<'END'
      table ip keepalived {
        set vips { type ipv4_addr; elements = { 10.77.0.200 } }
        chain in { type filter hook input priority filter; ip daddr @vips drop; }
        chain out { type filter hook output priority filter; ip saddr @vips drop; }
      }
END`,
    works: EVERYWHERE,
  },
  {
    name: 'k3s: kube-router accepts what it has marked, flannel forwards',
    script: `
      for chain in KUBE-ROUTER-INPUT KUBE-PROXY-FIREWALL; do compat -N $chain; done
      compat -I INPUT -j KUBE-ROUTER-INPUT
      compat -A KUBE-ROUTER-INPUT -m addrtype --dst-type LOCAL -p tcp -m multiport --dports 30000:32767 -j RETURN
      compat -A KUBE-ROUTER-INPUT -m mark --mark 0x20000/0x20000 -j ACCEPT
      compat -A INPUT -m conntrack --ctstate NEW -j KUBE-PROXY-FIREWALL
      iptables-nft -A FORWARD -s 10.42.0.0/16 -j ACCEPT`,
    works: EVERYWHERE,
  },
  {
    name: 'fail2ban: a jail that has banned the client, on the public port alone',
    script: `
      compat -N f2b-web
      compat -I INPUT -p tcp -m multiport --dports 8445 -j f2b-web
      iptables-nft -A f2b-web -s 10.77.0.9 -j REJECT
      ip6tables-nft -A f2b-web -s fd77::9 -j REJECT
      compat -A f2b-web -j RETURN`,
    works: EVERYWHERE,
  },
  {
    name: 'fail2ban: a jail that has banned the client, on every port',
    script: `
      compat -N f2b-all
      compat -I INPUT -j f2b-all
      iptables-nft -A f2b-all -s 10.77.0.9 -j REJECT
      ip6tables-nft -A f2b-all -s fd77::9 -j REJECT`,
    works: LOCALLY,
  },
  {
    name: 'CrowdSec, sshguard: a set of banned addresses ahead of filter',
    script: `nft_load <<'END'
      table inet crowdsec {
        set banned4 { type ipv4_addr; flags interval; elements = { 10.77.0.9 } }
        set banned6 { type ipv6_addr; flags interval; elements = { fd77::9 } }
        chain input {
          type filter hook input priority filter - 10;
          ip saddr @banned4 counter drop
          ip6 saddr @banned6 counter drop
        }
      }
END`,
    works: LOCALLY,
  },
  {
    name: 'Tailscale: marks of connections kept, ts-input on top, its addresses from elsewhere dropped',
    script: `
      compat -t mangle -I PREROUTING -m conntrack --ctstate ESTABLISHED,RELATED -j CONNMARK --restore-mark --nfmask 0xff0000 --ctmask 0xff0000
      compat -t mangle -I OUTPUT -m conntrack --ctstate NEW -m mark ! --mark 0/0xff0000 -j CONNMARK --save-mark --nfmask 0xff0000 --ctmask 0xff0000
      compat -N ts-input
      compat -I INPUT -j ts-input
      iptables-nft -A ts-input -s 100.64.0.0/10 ! -i tailscale0 -j DROP
      compat -A ts-input -i tailscale0 -j ACCEPT
      compat -A ts-input -p udp --dport 41641 -j ACCEPT`,
    works: EVERYWHERE,
  },
  {
    name: 'ZeroTier, OpenVPN: everything from the tunnel accepted on top, the rest denied but SSH and the target port',
    script: `
      legacy -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
      legacy -A INPUT -i lo -j ACCEPT
      legacy -A INPUT -p tcp -m multiport --dports 22,8443 -j ACCEPT
      legacy -A INPUT -p udp -m multiport --dports 1194,8443 -j ACCEPT
      legacy -P INPUT DROP
      legacy -I INPUT -i zt+ -j ACCEPT
      legacy -I INPUT -i tun+ -j ACCEPT`,
    works: EVERYWHERE,
  },
  {
    name: 'strongSwan: only what came through IPsec is accepted',
    script: `
      legacy -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
      legacy -A INPUT -i lo -j ACCEPT
      legacy -A INPUT -p udp -m multiport --dports 500,4500 -j ACCEPT
      legacy -A INPUT -p esp -j ACCEPT
      legacy -I INPUT -m policy --dir in --pol ipsec -j ACCEPT
      legacy -A INPUT -j DROP
      legacy -t nat -I POSTROUTING -m policy --dir out --pol ipsec -j ACCEPT`,
    works: LOCALLY,
  },
  {
    name: 'Mullvad: all incoming denied but connections that a rule marks by the target port',
    script: `nft_load <<'END'
      table inet mullvad {
        chain input {
          type filter hook input priority filter; policy drop;
          iifname "lo" accept
          ct mark 0xf41 accept
          ct state established accept
        }
        chain mangle { type route hook output priority mangle; meta mark set ct mark; }
      }
      table inet excluded {
        chain incoming {
          type filter hook input priority -100;
          meta l4proto { tcp, udp } th dport 8443 ct mark set 0xf41 meta mark set 0x6d6f6c65
        }
      }
END`,
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
  },
  {
    name: 'Calico: cali-INPUT on top clears its marks and accepts, raw PREROUTING too',
    script: `
      legacy -t raw -N cali-PREROUTING
      legacy -t raw -I PREROUTING -j cali-PREROUTING
      legacy -t raw -A cali-PREROUTING -j MARK --set-xmark 0/0xffff0000
      legacy -t raw -A cali-PREROUTING -i cali+ -j MARK --set-xmark 0x40000/0x40000
      legacy -t raw -A cali-PREROUTING -m mark --mark 0x10000/0x10000 -j ACCEPT
      legacy -N cali-INPUT
      legacy -I INPUT -j cali-INPUT
      legacy -A cali-INPUT -j MARK --set-xmark 0/0xfff00000
      legacy -A cali-INPUT -p udp -m multiport --dports 4789 -j ACCEPT
      legacy -A cali-INPUT -m mark --mark 0x10000/0x10000 -j ACCEPT
      legacy -A cali-INPUT -m conntrack --ctstate NEW -j MARK --set-xmark 0x10000/0x10000
      legacy -A cali-INPUT -m mark --mark 0x10000/0x10000 -j ACCEPT`,
    works: EVERYWHERE,
  },
  {
    name: 'Cilium: marks for its proxy, NOTRACK for what carries them',
    script: `
      legacy -t mangle -N CILIUM_PRE_mangle
      legacy -t mangle -I PREROUTING -j CILIUM_PRE_mangle
      legacy -t mangle -A CILIUM_PRE_mangle -m socket --transparent -j MARK --set-xmark 0x200/0xffffffff
      legacy -t raw -N CILIUM_PRE_raw
      legacy -t raw -I PREROUTING -j CILIUM_PRE_raw
      legacy -t raw -A CILIUM_PRE_raw -m mark --mark 0x200/0xf00 -j CT --notrack
      legacy -N CILIUM_INPUT
      legacy -I INPUT -j CILIUM_INPUT
      legacy -A CILIUM_INPUT -m mark --mark 0x200/0xf00 -j ACCEPT`,
    works: EVERYWHERE,
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
    name: 'OpenWrt (fw4): zones; from wan what is translated is accepted, the rest rejected',
    script: `nft_load <<'END'
      table inet fw4 {
        chain input {
          type filter hook input priority filter; policy drop;
          iif "lo" accept
          ct state vmap { established : accept, related : accept }
          tcp flags & (fin | syn | rst | ack) == syn jump syn_flood
          iifname "eth0" jump input_wan
        }
        chain syn_flood { limit rate 2500/second burst 5000 packets return; drop; }
        chain input_wan {
          tcp dport 22 accept
          ct status dnat accept
          jump reject_from_wan
        }
        chain reject_from_wan { meta l4proto tcp reject with tcp reset; reject; }
        chain dstnat { type nat hook prerouting priority dstnat; iifname "eth0" meta l4proto tcp tcp dport 8081 redirect to :80; }
        chain mangle_postrouting { type filter hook postrouting priority mangle; oifname "eth0" tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu; }
      }
END`,
    works: EVERYWHERE,
  },
  {
    name: 'Shorewall: zones with a final reject, what is no smurf and has sane flags',
    script: `
      for chain in net-fw smurfs tcpflags reject; do legacy -N $chain; done
      legacy -A smurfs -m addrtype --src-type MULTICAST -j DROP
      legacy -A tcpflags -p tcp --tcp-flags SYN,FIN SYN,FIN -j DROP
      legacy -A reject -p tcp -j REJECT --reject-with tcp-reset
      legacy -A reject -j REJECT
      legacy -A INPUT -i lo -j ACCEPT
      legacy -A INPUT -i eth0 -j net-fw
      legacy -A net-fw -m conntrack --ctstate INVALID,NEW,UNTRACKED -j smurfs
      legacy -A net-fw -p tcp -j tcpflags
      legacy -A net-fw -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
      legacy -A net-fw -p tcp -m multiport --dports 22,8443 -j ACCEPT
      legacy -A net-fw -p udp --dport 8443 -j ACCEPT
      legacy -A net-fw -g reject
      legacy -P INPUT DROP`,
    works: EVERYWHERE,
  },
  {
    name: 'CSF: invalid packets dropped on top, limits by the public port, all but listed ports dropped',
    script: `
      for chain in INVALID LOCALINPUT; do legacy -N $chain; done
      legacy -A INVALID -m conntrack --ctstate INVALID -j DROP
      legacy -A INVALID -p tcp --tcp-flags ALL NONE -j DROP
      legacy -A INPUT -i lo -j ACCEPT
      legacy -A INPUT ! -i lo -j LOCALINPUT
      legacy -A INPUT ! -i lo -p tcp -j INVALID
      legacy -A INPUT ! -i lo -p tcp --syn --dport 8445 -m connlimit --connlimit-above 1 -j REJECT --reject-with tcp-reset
      legacy -A INPUT ! -i lo -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      for port in 22 80 8443; do
        legacy -A INPUT ! -i lo -p tcp -m conntrack --ctstate NEW --dport $port -j ACCEPT
        legacy -A INPUT ! -i lo -p udp -m conntrack --ctstate NEW --dport $port -j ACCEPT
      done
      legacy -A INPUT ! -i lo -j DROP
      legacy -P INPUT DROP`,
    works: EVERYWHERE,
  },
  {
    name: 'Plesk: TCP that does not begin with a SYN is reset, its own panel on 8443 is open',
    script: `
      legacy -A INPUT -i lo -j ACCEPT
      legacy -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      legacy -A INPUT -p tcp ! --syn -j REJECT --reject-with tcp-reset
      legacy -A INPUT -m conntrack --ctstate INVALID -j DROP
      legacy -A INPUT -p tcp -m multiport --dports 8443,8447,8880,80,22 -j ACCEPT
      legacy -A INPUT -p udp -m multiport --dports 8443 -j ACCEPT
      legacy -A INPUT -j DROP
      legacy -P INPUT DROP`,
    works: EVERYWHERE,
  },
  {
    name: "Oracle Cloud's images: a final rejection as prohibited",
    script: `
      iptables-legacy -w -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      ip6tables-legacy -w -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      ip6tables-legacy -w -A INPUT -p icmpv6 -j ACCEPT
      legacy -A INPUT -i lo -j ACCEPT
      legacy -A INPUT -p tcp -m conntrack --ctstate NEW --dport 22 -j ACCEPT
      iptables-legacy -w -A INPUT -j REJECT --reject-with icmp-host-prohibited
      ip6tables-legacy -w -A INPUT -j REJECT --reject-with icmp6-adm-prohibited`,
    works: LOCALLY,
  },
  {
    name: "Azure's agent: rules of its own in the security table",
    script: `
      iptables-legacy -w -t security -A OUTPUT -d 168.63.129.16 -p tcp --dport 53 -j ACCEPT
      iptables-legacy -w -t security -A OUTPUT -d 168.63.129.16 -p tcp -m owner --uid-owner 0 -j ACCEPT
      iptables-legacy -w -t security -A OUTPUT -d 168.63.129.16 -p tcp -m conntrack --ctstate INVALID,NEW -j DROP`,
    works: EVERYWHERE,
  },
  {
    name: 'NixOS: reverse paths checked ahead of all, a final refusal',
    script: `
      for chain in nixos-fw nixos-fw-refuse; do compat -N $chain; done
      compat -t mangle -N nixos-fw-rpfilter
      compat -t mangle -A nixos-fw-rpfilter -m rpfilter --validmark -j RETURN
      compat -t mangle -A nixos-fw-rpfilter -j DROP
      compat -t mangle -A PREROUTING -j nixos-fw-rpfilter
      compat -A nixos-fw-refuse -p tcp ! --syn -j REJECT --reject-with tcp-reset
      compat -A nixos-fw-refuse -j DROP
      compat -A nixos-fw -i lo -j ACCEPT
      compat -A nixos-fw -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
      compat -A nixos-fw -p tcp --dport 22 -j ACCEPT
      compat -A nixos-fw -p tcp --dport 8443 -j ACCEPT
      compat -A nixos-fw -p udp --dport 8443 -j ACCEPT
      compat -A nixos-fw -j nixos-fw-refuse
      compat -A INPUT -j nixos-fw`,
    works: EVERYWHERE,
  },
  {
    name: 'HAProxy, Squid: sockets diverted by a mark, TPROXY for other ports',
    script: `
      legacy -t mangle -N DIVERT
      legacy -t mangle -A DIVERT -j MARK --set-xmark 0x1/0xffffffff
      legacy -t mangle -A DIVERT -j ACCEPT
      legacy -t mangle -A PREROUTING -p tcp -m socket --transparent -j DIVERT
      iptables-legacy -w -t mangle -A PREROUTING -p tcp --dport 3128 -j TPROXY --on-port 3129 --tproxy-mark 0x1/0x1
      ip6tables-legacy -w -t mangle -A PREROUTING -p tcp --dport 3128 -j TPROXY --on-port 3129 --tproxy-mark 0x1/0x1`,
    works: EVERYWHERE,
  },
  {
    name: 'HAProxy, Envoy: sockets diverted by a mark with an ACCEPT, whoever they belong to',
    script: `
      legacy -t mangle -N DIVERT
      legacy -t mangle -A DIVERT -j MARK --set-xmark 0x539/0xffffffff
      legacy -t mangle -A DIVERT -j ACCEPT
      legacy -t mangle -A PREROUTING -p tcp -m socket -j DIVERT`,
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
    name: 'FTP, TFTP and SIP: helpers of connection tracking for their ports',
    script: `
      iptables-legacy -w -t raw -A PREROUTING -p tcp --dport 21 -j CT --helper ftp
      iptables-legacy -w -t raw -A PREROUTING -p udp --dport 69 -j CT --helper tftp
      iptables-legacy -w -t raw -A PREROUTING -p udp --dport 8445 -j CT --helper sip
      legacy -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
    works: EVERYWHERE,
  },
  {
    name: 'Game servers: floods dropped in raw, by the public port',
    script: `
      legacy -t raw -A PREROUTING -p udp --dport 8445 -m hashlimit --hashlimit-name game --hashlimit-mode srcip --hashlimit-above 10000/sec -j DROP
      legacy -t raw -A PREROUTING -p udp -m length --length 0:28 -j DROP
      legacy -t mangle -A PREROUTING -p tcp -m conntrack --ctstate NEW -m tcpmss ! --mss 536:65535 -j DROP
      legacy -t mangle -A PREROUTING -m conntrack --ctstate INVALID -j DROP`,
    works: EVERYWHERE,
  },
  {
    name: 'Web servers: the same recipe for another port, with its mark',
    script: `
      legacy -t nat -A PREROUTING -p tcp --dport 8081 -j REDIRECT --to-ports 80
      legacy -t mangle -A PREROUTING -p tcp --dport 80 -j MARK --set-mark 1
      legacy -A INPUT -m mark --mark 1 -j DROP`,
    works: EVERYWHERE,
  },
  {
    name: 'Migrated hosts: the same rules in the legacy tables and in nf_tables',
    script: `
      for tool in legacy compat; do
        $tool -A INPUT -i lo -j ACCEPT
        $tool -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
        $tool -A INPUT -p tcp --dport 8443 -j ACCEPT
        $tool -A INPUT -p udp --dport 8443 -j ACCEPT
        $tool -P INPUT DROP
        $tool -t nat -A PREROUTING -p tcp --dport 8081 -j REDIRECT --to-ports 80
      done`,
    works: EVERYWHERE,
  },
];
