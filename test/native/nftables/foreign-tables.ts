/** Tables of others with everything in them that portshift decodes, as far as the kernels that it is tested on have it. */
export const FOREIGN_TABLES = `
table inet foreign {
  counter hits { }
  set s { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 192.168.0.1-192.168.0.7 } }
  set names { type ifname; flags interval; elements = { eth0, "wlan*" } }
  map v { type inet_service : verdict; elements = { 80 comment "hi" : accept, 81 : jump c, * : drop } }
  map o { type ipv4_addr : counter; elements = { 1.2.3.4 : "hits" } }
  map ports { type inet_proto . inet_service : ipv4_addr . inet_service; flags interval; elements = { tcp . 80-90 : 1.2.3.4 . 8080 } }
  set dyn { type ipv4_addr; flags dynamic,timeout; timeout 1m; size 100; elements = { 1.2.3.5 } }
  set counted { type inet_service; counter; elements = { 5 counter packets 3 bytes 99 } }
  chain c { return comment "foo"; }
  chain in { type filter hook input priority -5; policy drop; }
  chain pre { type filter hook prerouting priority raw; }
  chain nat { type nat hook prerouting priority -100; }
  chain post { type nat hook postrouting priority 100; }
  chain d { type filter hook ingress device lo priority 0; }
  chain mp { type filter hook prerouting priority mangle; }
  chain gone { type filter hook output priority 0; }
}
table ip asleep {
  flags dormant
  chain x { type filter hook input priority 0; }
}
table netdev others {
  chain ing { type filter hook ingress devices = { lo } priority 0; }
}
table arp others {
  chain out { type filter hook output priority 0; }
}
table bridge others {
  chain post { type filter hook postrouting priority 0; }
}
`;

/** Rules of the first of them. */
export const FOREIGN_RULES: readonly (readonly [chain: string, rule: string])[] = [
  ['in', 'ip saddr @s accept'],
  ['in', 'iifname @names accept'],
  ['in', 'tcp dport vmap @v'],
  ['in', 'tcp dport != { 1-5, 9 } counter limit rate 5/second log prefix "x" drop'],
  ['in', 'limit rate over 10 kbytes/second drop'],
  ['in', 'ct state vmap { established : accept, invalid : drop }'],
  ['in', 'ip daddr 1.2.3.4-1.2.3.9 tcp flags & (syn|ack) == syn drop'],
  ['in', 'tcp dport 1000-2000 tcp sport > 5 goto c'],
  ['in', 'update @dyn { ip saddr limit rate over 5/minute } drop'],
  ['in', 'add @dyn { ip saddr timeout 5s }'],
  ['in', 'delete @dyn { ip saddr }'],
  ['in', 'meta mark set ip saddr map { 1.2.3.4 : 5 }'],
  ['in', 'ip dscp set cs1 ip ttl 5 continue'],
  ['in', 'fib daddr . iif type local reject with tcp reset'],
  ['in', 'fib saddr . iif oif missing drop'],
  ['in', 'tcp option sack-permitted exists ip option rr exists accept'],
  ['in', 'socket wildcard 1 socket transparent 1 quota over 5 mbytes ct count over 10 drop'],
  ['in', 'numgen random mod 5 < 3 jhash ip saddr mod 7 seed 0x5 offset 3 == 4 symhash mod 2 1 drop'],
  ['in', 'osf name "Linux" ipsec in reqid 5 rt classid 4 drop'],
  ['in', 'ct original ip saddr 1.2.3.4 meta l4proto tcp ct original proto-dst 5 ct reply packets > 5 drop'],
  ['in', 'tcp dport 99 synproxy mss 1460 wscale 7 timestamp sack-perm'],
  ['in', 'meta l4proto tcp @ll,0,8 1 @th,16,16 5 drop'],
  ['in', 'meta hour 10-12 meta day 3 skuid 5 meta pkttype host icmp type echo-request reject'],
  ['in', 'log group 5 snaplen 20 queue-threshold 3'],
  ['in', 'log flags all level debug'],
  ['nat', 'tcp dport 7 redirect to :70-90'],
  ['nat', 'tcp dport 8 redirect'],
  ['nat', 'meta l4proto tcp dnat ip to 1.2.3.4-1.2.3.8:10-20 random'],
  ['nat', 'dnat ip to 1.2.3.4'],
  ['nat', 'dnat ip to meta l4proto . tcp dport map @ports'],
  ['nat', 'ip saddr 1.2.3.4 dnat ip to ip daddr map { 5.6.7.8 : 9.9.9.9 }'],
  ['nat', 'ip6 saddr ::1 tcp dport 5 dnat ip6 to [::1]:80'],
  ['nat', 'meta l4proto tcp redirect to :tcp dport map { 5 : 6 }'],
  ['pre', 'notrack'],
  ['post', 'masquerade random'],
  ['post', 'meta l4proto tcp masquerade to :1000-2000'],
  ['post', 'snat ip to 1.2.3.4'],
  ['post', 'snat ip prefix to ip saddr map { 10.0.0.0/24 : 192.168.0.0/24 }'],
  ['mp', 'meta l4proto tcp tproxy to :99'],
  ['mp', 'meta l4proto udp tproxy ip to 127.0.0.1:99 accept'],
  ['gone', 'tcp dport 1 jump { tcp sport 2 drop; }'],
];

/** What is given to iptables-nft, and but for the last to ip6tables-nft. */
export const IPTABLES_RULES: readonly string[] = [
  '-A INPUT -i eth+ -p tcp --dport 8443 -m comment --comment héllo -j ACCEPT',
  '-A INPUT -p tcp -m multiport --dports 1,2:5 -m conntrack --ctstate NEW -j REJECT',
  '-A INPUT -p tcp --tcp-flags SYN,ACK SYN -m limit --limit 5/s -m mark --mark 5/7 -j LOG --log-prefix x',
  '-N own',
  '-A FORWARD -p udp -m udp --sport 5:6 -g own',
  '-A own -m statistic --mode random --probability 0.5 -j RETURN',
  '-P FORWARD DROP',
  '-t raw -A PREROUTING -p udp --dport 5 -j NOTRACK',
  '-t mangle -A PREROUTING -p tcp -m socket --transparent -j MARK --set-xmark 0x1/0x3',
  '-t nat -A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 90',
  '-t nat -A PREROUTING -p tcp -m addrtype --dst-type LOCAL -j DNAT --to-destination :81',
  '-t nat -A POSTROUTING -j MASQUERADE',
  '-A INPUT -s 10.0.0.0/8 -m iprange --src-range 10.0.0.5-10.0.0.6 -j DROP',
];
