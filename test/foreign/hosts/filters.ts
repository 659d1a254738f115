import { EVERYWHERE, type KnownHost, LOCALLY } from './known-host';

/** Filters of hosts, which see what was redirected with the target port. */
export const FILTERS: readonly KnownHost[] = [
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
    said: ['target-blocked'],
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
    reports: ['firewalld/firewalld#1565', 'geerlingguy/ansible-role-firewall#4'],
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
    said: ['target-blocked'],
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
    said: ['target-blocked'],
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
    reports: ['rfxn/advanced-policy-firewall#34'],
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
    said: ['target-blocked'],
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
  {
    name: 'Filters by the original port: the public port alone is allowed, as it was before the translation',
    script: `
      compat -A INPUT -i lo -j ACCEPT
      compat -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      compat -A INPUT -p tcp -m conntrack --ctorigdstport 8445 --ctdir ORIGINAL -j ACCEPT
      compat -A INPUT -p udp -m conntrack --ctorigdstport 8445 --ctdir ORIGINAL -j ACCEPT
      compat -A INPUT -p tcp --dport 22 -j ACCEPT
      compat -A INPUT -j DROP`,
    works: EVERYWHERE,
    reports: ['moby/moby#22054', 'docker/docs#8357'],
  },
  {
    name: 'firewalld with strict forwards: of what is translated, only listed original ports are accepted',
    script: `nft_load <<'END'
      table inet firewalld {
        chain filter_INPUT {
          type filter hook input priority filter + 10; policy accept;
          ct state { established, related } accept
          iifname "lo" accept
          ct status dnat jump filter_INPUT_dnat
          tcp dport 22 accept
          meta l4proto { icmp, ipv6-icmp } accept
          reject with icmpx admin-prohibited
        }
        chain filter_INPUT_dnat { meta l4proto { tcp, udp } ct original proto-dst 8445 accept; reject with icmpx admin-prohibited; }
      }
END`,
    works: EVERYWHERE,
    reports: ['firewalld/firewalld#1536'],
  },
  {
    name: 'OpenWrt (fw3): zones in the legacy tables, what is translated is accepted, DNS of all redirected',
    script: `
      for chain in zone_wan_input zone_wan_src_REJECT reject; do legacy -N $chain; done
      legacy -A INPUT -i lo -j ACCEPT
      legacy -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      legacy -A INPUT -i eth0 -j zone_wan_input
      legacy -A zone_wan_input -p tcp --dport 22 -j ACCEPT
      legacy -A zone_wan_input -m conntrack --ctstate DNAT -j ACCEPT
      legacy -A zone_wan_input -j zone_wan_src_REJECT
      legacy -A zone_wan_src_REJECT -i eth0 -j reject
      legacy -A reject -p tcp -j REJECT --reject-with tcp-reset
      legacy -A reject -j REJECT
      for protocol in tcp udp; do legacy -t nat -A PREROUTING -p $protocol --dport 53 -j REDIRECT --to-ports 53; done`,
    works: EVERYWHERE,
    reports: ['vernesong/OpenClash#2810'],
  },
  {
    name: 'PacketFence: chains by the address of the host that a packet is for',
    script: `
      legacy -N input-management-if
      legacy -A INPUT -i lo -j ACCEPT
      legacy -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
      iptables-legacy -w -A INPUT -i eth0 -d 10.77.0.1 -j input-management-if
      ip6tables-legacy -w -A INPUT -i eth0 -d fd77::1 -j input-management-if
      legacy -A input-management-if -p tcp -m multiport --dports 22,8443 -j ACCEPT
      legacy -A input-management-if -p udp --dport 8443 -j ACCEPT
      legacy -P INPUT DROP`,
    works: EVERYWHERE,
    said: ['target-blocked'],
    reports: ['inverse-inc/packetfence#1681'],
  },
  {
    name: "Amazon's ECS agent: loopback addresses are routed, and closed but to what is translated",
    script: `
      echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet
      iptables-nft -w -t nat -A PREROUTING -p tcp -d 169.254.170.2 --dport 80 -j DNAT --to-destination 127.0.0.1:51679
      iptables-nft -w -t nat -A OUTPUT -p tcp -d 169.254.170.2 --dport 80 -j REDIRECT --to-ports 51679
      iptables-nft -w -I INPUT -d 127.0.0.0/8 ! -s 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
      compat -A INPUT -i eth0 -p tcp --dport 51678 -j DROP`,
    works: EVERYWHERE,
    reports: ['aws/amazon-ecs-init#334', 'aws/amazon-ecs-agent#2877'],
  },
  {
    name: 'Proxmox: accepted by a mark that a rule for the target port sets, a zone for the bridges of guests',
    script: `
      legacy -t raw -A PREROUTING -i fwbr+ -j CT --zone 1
      for chain in PVEFW-INPUT PVEFW-HOST-IN PVEFW-SET-ACCEPT-MARK; do legacy -N $chain; done
      legacy -A INPUT -j PVEFW-INPUT
      legacy -A PVEFW-INPUT -j PVEFW-HOST-IN
      legacy -A PVEFW-SET-ACCEPT-MARK -j MARK --set-xmark 0x80000000/0x80000000
      legacy -A PVEFW-HOST-IN -i lo -j ACCEPT
      legacy -A PVEFW-HOST-IN -m conntrack --ctstate INVALID -j DROP
      legacy -A PVEFW-HOST-IN -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
      legacy -A PVEFW-HOST-IN -p tcp --dport 8443 -g PVEFW-SET-ACCEPT-MARK
      legacy -A PVEFW-HOST-IN -p udp --dport 8443 -g PVEFW-SET-ACCEPT-MARK
      legacy -A PVEFW-HOST-IN -m mark --mark 0x80000000/0x80000000 -j ACCEPT
      legacy -A PVEFW-HOST-IN -p tcp --dport 22 -j RETURN
      legacy -A PVEFW-INPUT -m mark --mark 0x80000000/0x80000000 -j ACCEPT
      legacy -A PVEFW-INPUT -p tcp ! --dport 22 -j DROP
      legacy -A PVEFW-INPUT -p udp -j DROP`,
    works: EVERYWHERE,
    reports: ['jiangcuo/Proxmox-Arm64#11'],
  },
  {
    name: 'NixOS with nftables: reverse paths checked by a policy that drops, ports in a set',
    script: `nft_load <<'END'
      table inet nixos-fw {
        set temp-ports { type inet_proto . inet_service; flags interval; elements = { tcp . 8443, udp . 8443 } }
        chain rpfilter {
          type filter hook prerouting priority mangle + 10; policy drop;
          udp sport . udp dport { 68 . 67, 67 . 68 } accept
          fib saddr . mark . iif oif exists accept
        }
        chain input {
          type filter hook input priority filter; policy drop;
          iifname "lo" accept
          ct state vmap { invalid : drop, established : accept, related : accept, new : jump input-allow, untracked : jump input-allow }
          tcp flags syn / fin,syn,rst,ack log prefix "refused connection: "
        }
        chain input-allow { tcp dport 22 accept; meta l4proto . th dport @temp-ports accept; meta l4proto { icmp, ipv6-icmp } accept; }
      }
END`,
    works: EVERYWHERE,
    reports: ['SagerNet/sing-box#3584'],
  },
  {
    name: 'Filters without connection tracking: answers let out by their source port, which is the target port',
    script: `
      legacy -A INPUT -i lo -j ACCEPT
      legacy -A OUTPUT -o lo -j ACCEPT
      for protocol in tcp udp; do
        legacy -A INPUT -p $protocol --dport 8443 -j ACCEPT
        legacy -A OUTPUT -p $protocol --sport 8443 -j ACCEPT
      done
      legacy -P INPUT DROP
      legacy -P OUTPUT DROP`,
    works: EVERYWHERE,
  },
  {
    name: 'Filters without connection tracking: answers let out by the public port as their source',
    script: `
      legacy -A INPUT -i lo -j ACCEPT
      legacy -A OUTPUT -o lo -j ACCEPT
      for protocol in tcp udp; do
        legacy -A INPUT -p $protocol --dport 8443 -j ACCEPT
        legacy -A OUTPUT -p $protocol --sport 8445 -j ACCEPT
      done
      legacy -P INPUT DROP
      legacy -P OUTPUT DROP`,
    works: LOCALLY,
  },
];
