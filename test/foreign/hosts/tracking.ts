import { EVERYWHERE, type KnownHost, LOCALLY } from './known-host';

/** Needs the redirect of `lo`: what the kernel opens to the server in the client's name comes from the host itself. */
export const SYNPROXY = {
  name: 'SYNPROXY answers for the public port, whose first packets are kept from connection tracking',
  script: `
      echo 0 > /proc/sys/net/netfilter/nf_conntrack_tcp_loose
      legacy -t raw -A PREROUTING -i eth0 -p tcp --syn --dport 8445 -j CT --notrack
      legacy -A INPUT -i eth0 -p tcp --dport 8445 -m conntrack --ctstate INVALID,UNTRACKED -j SYNPROXY --sack-perm --timestamp --wscale 7 --mss 1460
      legacy -A INPUT -m conntrack --ctstate INVALID -j DROP`,
  works: EVERYWHERE,
  // A server that speaks first is heard when it has sent its answer a second time, after a second.
  patience: 2_500,
  reports: ['firehol/firehol#76'],
} as const satisfies KnownHost;

/** What changes how connections are tracked, and queues to programs. */
export const TRACKING: readonly KnownHost[] = [
  {
    name: 'FTP, TFTP and SIP: helpers of connection tracking for their ports',
    script: `
      iptables-legacy -w -t raw -A PREROUTING -p tcp --dport 21 -j CT --helper ftp
      iptables-legacy -w -t raw -A PREROUTING -p udp --dport 69 -j CT --helper tftp
      iptables-legacy -w -t raw -A PREROUTING -p udp --dport 8445 -j CT --helper sip
      legacy -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
    works: EVERYWHERE,
  },
  SYNPROXY,
  {
    name: 'Suricata: every packet to a queue ahead of all tables but raw, passed where nobody listens',
    script: `
      legacy -t mangle -I PREROUTING -j NFQUEUE --queue-num 1 --queue-bypass
      legacy -t mangle -I INPUT -m mark ! --mark 0x10/0x10 -j NFQUEUE --queue-num 1 --queue-bypass`,
    works: EVERYWHERE,
    reports: ['OISF/suricata#2749', 'OISF/suricata#2883', 'NethServer/dev#6205'],
  },
  {
    name: 'OpenSnitch: new connections to a queue on top of INPUT and OUTPUT',
    script: `
      legacy -I INPUT -m conntrack --ctstate NEW -j NFQUEUE --queue-num 0 --queue-bypass
      legacy -t mangle -I OUTPUT -m conntrack --ctstate NEW,RELATED -j NFQUEUE --queue-num 0 --queue-bypass
      nft_load <<'END'
      table inet opensnitch {
        chain filter_input { type filter hook input priority filter; policy accept; iifname "lo" accept; ct state established,related accept; }
      }
END`,
    works: EVERYWHERE,
    reports: ['gustavo-iniguez-goya/opensnitch#124', 'evilsocket/opensnitch#1423'],
  },
  {
    name: 'T-Pot: what is not for a listed port goes to a trap that listens to a queue',
    script: `
      legacy -A INPUT -i lo -j ACCEPT
      legacy -A INPUT -p tcp --syn -m multiport --dports 22,80,8443 -j ACCEPT
      legacy -A INPUT -p tcp --syn -m conntrack --ctstate NEW -j NFQUEUE`,
    works: EVERYWHERE,
    reports: ['netdata/netdata#2166'],
  },
  {
    name: 'NodeLocal DNS: port 53 and a health port of its address are kept from connection tracking',
    script: `
      for port in 53 8445; do for protocol in tcp udp; do
        iptables-legacy -w -t raw -A PREROUTING -d 169.254.20.10 -p $protocol --dport $port -j CT --notrack
        iptables-legacy -w -t raw -A OUTPUT -s 169.254.20.10 -p $protocol --sport $port -j CT --notrack
        iptables-legacy -w -t raw -A OUTPUT -d 169.254.20.10 -p $protocol --dport $port -j CT --notrack
        iptables-legacy -w -A INPUT -d 169.254.20.10 -p $protocol --dport $port -j ACCEPT
      done; done`,
    works: EVERYWHERE,
    reports: ['kubernetes/dns#319', 'kubernetes/kubernetes#98758'],
  },
  {
    name: 'HAProxy: clients of a network are kept from connection tracking in both directions',
    script: `
      iptables-legacy -w -t raw -A PREROUTING -i eth0 -s 10.77.0.9 -j NOTRACK
      ip6tables-legacy -w -t raw -A PREROUTING -i eth0 -s fd77::9 -j NOTRACK
      iptables-legacy -w -t raw -A OUTPUT -d 10.77.0.9 -j NOTRACK
      ip6tables-legacy -w -t raw -A OUTPUT -d fd77::9 -j NOTRACK`,
    works: LOCALLY,
    said: ['port-untracked'],
    reports: ['haproxy/haproxy#3192'],
  },
  {
    name: 'A zone of connection tracking for the public port, in both directions',
    script: `nft_load <<'END'
      table inet zones {
        chain prerouting_ct { type filter hook prerouting priority raw; iifname "eth0" meta l4proto { tcp, udp } th dport 8445 ct zone set 3; }
        chain output_ct { type filter hook output priority raw; oifname "eth0" meta l4proto { tcp, udp } th sport 8445 ct zone set 3; }
      }
END`,
    works: LOCALLY,
    reports: ['metal-stack/firewall-controller#223'],
  },
  {
    name: 'OpenWrt (fw4): a helper for the target port, attached behind the redirect',
    script: `nft_load <<'END'
      table inet fw4 {
        ct helper tftp { type "tftp" protocol udp; }
        chain prerouting { type filter hook prerouting priority filter; iifname "eth0" udp dport 8443 ct helper set "tftp"; }
      }
END`,
    works: EVERYWHERE,
    reports: ['openwrt/openwrt#13009'],
  },
  {
    name: 'A zone of connection tracking for the public port, its answers found by the target port',
    script: `nft_load <<'END'
      table inet zones {
        chain prerouting_ct { type filter hook prerouting priority raw; iifname "eth0" meta l4proto { tcp, udp } th dport 8445 ct zone set 3; }
        chain output_ct { type filter hook output priority raw; oifname "eth0" meta l4proto { tcp, udp } th sport 8443 ct zone set 3; }
      }
END`,
    works: EVERYWHERE,
    reports: ['metal-stack/firewall-controller#223'],
  },
  {
    name: 'Zones of connection tracking for an interface, and for the original direction alone',
    script: `
      legacy -t raw -A PREROUTING -i eth0 -p tcp -j CT --zone 3
      legacy -t raw -A OUTPUT -o eth0 -p tcp -j CT --zone 3
      legacy -t raw -A PREROUTING -i eth0 -p udp --dport 8445 -j CT --zone-orig 4`,
    works: EVERYWHERE,
    reports: ['metal-stack/firewall-controller#223'],
  },
];
