import type { Family } from '../../../lib/model/table-rule';

/** What other people's firewalls are made of: matches, targets and flags that portshift has no words for. */
const FILTER: readonly string[] = [
  '-p tcp -m multiport --dports 80,443,8000:8010 -j ACCEPT',
  '-m limit --limit 5/min --limit-burst 9 -j ACCEPT',
  '-m hashlimit --hashlimit-name some --hashlimit-above 5/sec --hashlimit-mode srcip -j DROP',
  '-m recent --name seen --set',
  '-m mac --mac-source 00:11:22:33:44:55 -j DROP',
  '-m state --state RELATED,ESTABLISHED -j ACCEPT',
  '-m conntrack --ctstate NEW,INVALID --ctproto tcp -j zulu',
  '-m conntrack --ctdir REPLY -j zulu',
  '-m statistic --mode nth --every 3 --packet 1 -j alpha',
  '-m string --algo bm --string "a \\"quoted\\" word" -j DROP',
  '-m u32 --u32 "0x0&0xff=0x1" -j DROP',
  '-m time --timestart 10:00 --timestop 12:00 -j DROP',
  '-m length --length 10:20 -j DROP',
  '-p tcp -m tcp --tcp-option 5 -j DROP',
  '-p tcp -m tcp --sport 1:5 ! --tcp-flags FIN,SYN,RST,ACK SYN -j DROP',
  '! -p tcp -j alpha',
  '-j LOG --log-prefix "hello " --log-level 7',
  '-j NFLOG --nflog-group 5',
  '-j NFQUEUE --queue-num 3 --queue-bypass',
  '-p tcp -m connlimit --connlimit-above 3 -j DROP',
  '-m pkttype --pkt-type broadcast -j DROP',
  '-m dscp --dscp 0x05 -j DROP',
  '-m mark ! --mark 0x5 -j DROP',
  '-m mark --mark 0x5/0xff -j ACCEPT',
  '-m connmark --mark 0x5 -j DROP',
  '-m addrtype --src-type LOCAL --limit-iface-in -j DROP',
  '-m quota --quota 500 -j ACCEPT',
  '-m cpu --cpu 0 -j ACCEPT',
  '-m comment --comment "not of portshift" -j RETURN',
  '! -i eth+ -j alpha',
  '-g zulu',
  '-j REJECT',
  '',
];

const FILTER_OF: Readonly<Record<Family, readonly string[]>> = {
  ipv4: [
    '-f -j DROP',
    '-p icmp -m icmp --icmp-type 8 -j ACCEPT',
    '-m ttl --ttl-lt 5 -j DROP',
    '-m iprange --src-range 10.0.0.1-10.0.0.9 -j DROP',
    '-j REJECT --reject-with icmp-net-unreachable',
    '! -s 10.1.2.0/24 -d 10.0.0.0/8 -j ACCEPT',
    '-s 10.0.0.1/255.0.255.0 -j ACCEPT',
  ],
  ipv6: [
    '-m frag --fragfirst -j DROP',
    '-p icmpv6 -m icmp6 --icmpv6-type 128 -j ACCEPT',
    '-m hl --hl-lt 5 -j DROP',
    '-m ipv6header --header frag --soft -j DROP',
    '-j REJECT --reject-with icmp6-adm-prohibited',
    '! -s fd00:1::/32 -d fd00::/8 -j ACCEPT',
  ],
};

const MANGLE: readonly string[] = [
  '-j CONNMARK --save-mark',
  '-j DSCP --set-dscp 0x05',
  '-j MARK --set-xmark 0x5/0xff',
  '-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1200',
];

const NAT_OF: Readonly<Record<Family, readonly string[]>> = {
  ipv4: [
    '-p tcp -j DNAT --to-destination 10.0.0.4-10.0.0.9:80-90',
    '-p tcp -j DNAT --to-destination 10.0.0.4:80 --random --persistent',
    '-j NETMAP --to 10.0.2.0/24',
    '-p tcp -j REDIRECT',
    '-p tcp -j REDIRECT --to-ports 5-9 --random',
  ],
  ipv6: [
    '-p tcp -j DNAT --to-destination [fd00::4-fd00::9]:80-90',
    '-p tcp -j REDIRECT',
    '-p tcp -j REDIRECT --to-ports 5-9 --random',
  ],
};

const COPIES = 2;

/** Input for `iptables-legacy-restore -c`: well over 200 rules, with counters and policies that are not the usual ones. */
export function foreignRules(family: Family): string {
  let packets = 0;
  const rule = (chain: string) => (text: string) => `[${++packets}:${packets * 60}] -A ${chain} ${text}`;
  const filter = [...FILTER, ...FILTER_OF[family]];
  return [
    '*filter',
    ':INPUT ACCEPT [11:1100]',
    ':FORWARD DROP [22:2200]',
    ':OUTPUT ACCEPT [33:3300]',
    ':zulu - [0:0]',
    ':alpha - [0:0]',
    ':Mike - [0:0]',
    ...['INPUT', 'FORWARD'].flatMap((chain) => filter.map(rule(chain))),
    rule('OUTPUT')('-m owner --uid-owner 0 -j ACCEPT'),
    ...['zulu', 'alpha', 'Mike'].flatMap((chain) => FILTER_OF[family].map(rule(chain))),
    'COMMIT',
    '*mangle',
    ':PREROUTING ACCEPT [44:4400]',
    ':INPUT ACCEPT [55:5500]',
    ':FORWARD ACCEPT [66:6600]',
    ':OUTPUT ACCEPT [77:7700]',
    ':POSTROUTING DROP [88:8800]',
    ...['PREROUTING', 'FORWARD', 'POSTROUTING'].flatMap((chain) =>
      Array.from({ length: COPIES }, () => MANGLE)
        .flat()
        .filter((text) => chain !== 'PREROUTING' || !text.includes('TCPMSS'))
        .map(rule(chain)),
    ),
    'COMMIT',
    '*nat',
    ':PREROUTING ACCEPT [1:100]',
    ':INPUT ACCEPT [2:200]',
    ':OUTPUT ACCEPT [3:300]',
    ':POSTROUTING ACCEPT [4:400]',
    ...['PREROUTING', 'OUTPUT'].flatMap((chain) =>
      Array.from({ length: 10 * COPIES }, () => NAT_OF[family])
        .flat()
        .map(rule(chain)),
    ),
    rule('POSTROUTING')('-j MASQUERADE'),
    'COMMIT',
    '',
  ].join('\n');
}
