/** What others do beside a published port. `PROTO`, `PUBLIC` and `TARGET` stand for those of the port. */
export interface Situation {
  readonly title: string;
  /** Lines for a shell. */
  readonly script: string;
  /** Where what becomes of connections hangs on more than portshift knows: warnings may say that it may be so. */
  readonly isDoubtful?: true;
  /** Codes that must be among those of the warnings. */
  readonly said?: readonly string[];
}

/** Rules of a tool that speaks iptables' words, `COMMAND` and `COMMAND6`, for both families. */
const iptables = (command: string): Situation[] => {
  const each = (lines: string) =>
    [command, command.replace('ip', 'ip6')].map((one) => lines.replaceAll('COMMAND', `${one} -w`)).join('\n');
  const situation = (title: string, lines: string, more: Partial<Situation> = {}): Situation => ({
    title: `${command}: ${title}`,
    script: each(lines),
    ...more,
  });
  const established = 'COMMAND -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT';
  return [
    situation('a rule for another port', 'COMMAND -A INPUT -p PROTO --dport 22 -j DROP'),
    situation(
      'a final REJECT',
      `${established}\nCOMMAND -A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMAND -A INPUT -j REJECT`,
      {
        said: ['target-blocked'],
      },
    ),
    situation('a policy that drops', `COMMAND -P INPUT DROP\n${established}`, { said: ['target-blocked'] }),
    situation(
      'a policy that drops, the target port accepted',
      'COMMAND -P INPUT DROP\nCOMMAND -A INPUT -p PROTO --dport TARGET -j ACCEPT\nCOMMAND -A INPUT -i lo -j ACCEPT',
    ),
    situation(
      'a policy that drops, the public port accepted',
      'COMMAND -P INPUT DROP\nCOMMAND -A INPUT -i lo -j ACCEPT\nCOMMAND -A INPUT -p PROTO --dport PUBLIC -j ACCEPT',
      { said: ['target-blocked'] },
    ),
    situation(
      'a policy that drops, what is translated accepted',
      'COMMAND -P INPUT DROP\nCOMMAND -A INPUT -m conntrack --ctstate DNAT -j ACCEPT',
    ),
    situation(
      'a policy that drops, the original port accepted',
      'COMMAND -P INPUT DROP\nCOMMAND -A INPUT -m conntrack --ctorigdstport PUBLIC -j ACCEPT',
    ),
    situation('the public port denied', 'COMMAND -A INPUT -p PROTO --dport PUBLIC -j DROP', {
      said: ['filter-ineffective'],
    }),
    situation(
      'the target port denied among others',
      'COMMAND -A INPUT -p PROTO -m multiport --dports 22,TARGET,9000:9010 -j DROP',
      { said: ['target-blocked'] },
    ),
    situation('other ports denied together', 'COMMAND -A INPUT -p PROTO -m multiport --dports 22,9000:9010 -j DROP'),
    situation('all but some ports denied', 'COMMAND -A INPUT -p PROTO -m multiport ! --dports 22,80 -j DROP', {
      said: ['target-blocked'],
    }),
    situation(
      'a chain that accepts, before a final DROP',
      'COMMAND -N web\nCOMMAND -A web -p PROTO --dport TARGET -j ACCEPT\nCOMMAND -A INPUT -i lo -j ACCEPT\nCOMMAND -A INPUT -p PROTO -j web\nCOMMAND -A INPUT -j DROP',
    ),
    situation(
      'a chain that returns, before a final DROP',
      'COMMAND -N web\nCOMMAND -A web -p PROTO --dport TARGET -j RETURN\nCOMMAND -A web -j ACCEPT\nCOMMAND -A INPUT -j web\nCOMMAND -A INPUT -j DROP',
      { said: ['target-blocked'] },
    ),
    situation('a goto past a final DROP', 'COMMAND -N web\nCOMMAND -A INPUT -p PROTO -g web\nCOMMAND -A INPUT -j DROP'),
    situation(
      'marks before, and a drop of what is marked',
      'COMMAND -t mangle -A PREROUTING -p PROTO --dport PUBLIC -j MARK --set-xmark 0x8000/0x8000\nCOMMAND -A INPUT -m mark --mark 0x8000/0x8000 -j DROP',
      { said: ['target-blocked'] },
    ),
    situation('a drop of what nobody marks', 'COMMAND -A INPUT -m mark --mark 0x8000/0x8000 -j DROP'),
    situation('an interface that is not there denied', 'COMMAND -A INPUT -i docker0 -j DROP'),
    situation('the interface of clients denied', 'COMMAND -A INPUT -i eth0 -p PROTO -j DROP', {
      said: ['target-blocked'],
    }),
    situation('loopback alone accepted', 'COMMAND -A INPUT ! -i lo -j DROP', { said: ['target-blocked'] }),
    situation(
      'a rate that is not met accepted',
      'COMMAND -A INPUT -m limit --limit 1000/s -p PROTO -j ACCEPT\nCOMMAND -A INPUT -j DROP',
      { isDoubtful: true, said: ['target-blocked'] },
    ),
    situation(
      'the public port redirected elsewhere, behind',
      'COMMAND -t nat -A PREROUTING -p PROTO --dport PUBLIC -j REDIRECT --to-ports 9999',
    ),
    situation('the public port not tracked', 'COMMAND -t raw -A PREROUTING -p PROTO --dport PUBLIC -j CT --notrack', {
      said: ['port-untracked'],
    }),
    situation('the public port dropped in raw', 'COMMAND -t raw -A PREROUTING -p PROTO --dport PUBLIC -j DROP', {
      said: ['port-blocked'],
    }),
    situation('the target port not tracked', 'COMMAND -t raw -A PREROUTING -p PROTO --dport TARGET -j CT --notrack'),
    situation('the public port dropped in mangle', 'COMMAND -t mangle -A PREROUTING -p PROTO --dport PUBLIC -j DROP', {
      said: ['port-blocked'],
    }),
    situation(
      'everything to a queue that nobody listens to, ahead of the closing rule',
      'COMMAND -t mangle -I INPUT -j NFQUEUE --queue-bypass',
    ),
    situation(
      'everything to a queue, the target port denied behind it',
      'COMMAND -t mangle -I PREROUTING -j NFQUEUE --queue-bypass\nCOMMAND -A INPUT -p PROTO --dport TARGET -j DROP',
      { said: ['target-blocked'] },
    ),
    situation(
      'spoofed sources dropped',
      'COMMAND -t mangle -A PREROUTING -m rpfilter --validmark -j RETURN\nCOMMAND -t mangle -A PREROUTING -j DROP',
    ),
    situation('the host itself denied', 'COMMAND -A OUTPUT -o lo -p PROTO --dport TARGET -j REJECT', {
      said: ['target-blocked'],
    }),
    situation(
      'the public port of the host itself not tracked',
      'COMMAND -t raw -A OUTPUT -p PROTO --dport PUBLIC -j CT --notrack',
      { said: ['port-untracked'] },
    ),
  ];
};

/** Native rules of nf_tables. */
const nft = (title: string, rules: string, more: Partial<Situation> = {}): Situation => ({
  title: `nft: ${title}`,
  script: `nft -f - <<'END'\n${rules}\nEND`,
  ...more,
});

const input = (rules: string, policy = 'accept') =>
  `table inet t { chain i { type filter hook input priority 0; policy ${policy}; ${rules}; }; }`;

const NATIVE: readonly Situation[] = [
  nft('a final reject', input('PROTO dport 22 accept; reject'), { said: ['target-blocked'] }),
  nft('the target port dropped', input('PROTO dport TARGET drop'), { said: ['target-blocked'] }),
  nft(
    'a policy that drops, a verdict map that accepts',
    input('iif lo accept; PROTO dport vmap { 22 : accept, TARGET : accept }', 'drop'),
  ),
  nft(
    'a policy that drops, a verdict map that drops',
    input('PROTO dport vmap { 22 : accept, TARGET : drop }; accept'),
    { said: ['target-blocked'] },
  ),
  nft('a policy that drops, a span that accepts', input('iifname "lo" accept; PROTO dport 8000-9000 accept', 'drop')),
  nft('a policy that drops, all other ports accepted', input('PROTO dport != 22 accept', 'drop')),
  nft('a policy that drops, ports below accepted', input('PROTO dport < 1024 accept', 'drop'), {
    said: ['target-blocked'],
  }),
  nft('a policy that drops, what is translated accepted', input('ct status dnat accept', 'drop')),
  nft(
    'a policy that drops, one set of spans',
    `table inet t { set s { type inet_service; flags interval; elements = { 22, 8000-8500 } }; chain i { type filter hook input priority 0; policy drop; iif lo accept; th dport @s accept; }; }`,
  ),
  nft(
    'a policy that drops, a concatenation',
    `table inet t { set s { type inet_proto . inet_service; elements = { PROTO . TARGET } }; chain i { type filter hook input priority 0; policy drop; iif lo accept; meta l4proto . th dport @s accept; }; }`,
  ),
  nft(
    'a policy that drops, a concatenation of the other port',
    `table inet t { set s { type inet_proto . inet_service; elements = { PROTO . PUBLIC } }; chain i { type filter hook input priority 0; policy drop; iif lo accept; meta l4proto . th dport @s accept; }; }`,
    { said: ['target-blocked'] },
  ),
  nft(
    'a policy that drops, sources accepted',
    `table inet t { chain i { type filter hook input priority 0; policy drop; ip saddr 10.77.0.0/24 accept; ip6 saddr fd77::/64 accept; iif lo accept; }; }`,
    { isDoubtful: true, said: ['target-blocked'] },
  ),
  nft(
    'sources denied',
    `table inet t { set s { type ipv4_addr; flags interval; elements = { 203.0.113.0/24 } }; chain i { type filter hook input priority 0; ip saddr @s drop; }; }`,
  ),
  nft(
    'jumps and returns',
    `table inet t { chain web { PROTO dport TARGET return; accept; }; chain i { type filter hook input priority 0; jump web; drop; }; }`,
    { said: ['target-blocked'] },
  ),
  nft(
    'a late chain that drops',
    `table inet t { chain i { type filter hook input priority 300; PROTO dport TARGET counter drop; }; }`,
    { said: ['target-blocked'] },
  ),
  nft(
    'a table that is dormant',
    `table inet t { flags dormant; chain i { type filter hook input priority 0; policy drop; }; }`,
  ),
  nft(
    'the public port dropped early',
    `table inet t { chain p { type filter hook prerouting priority -250; PROTO dport PUBLIC drop; }; }`,
    { said: ['port-blocked'] },
  ),
  nft(
    'the public port not tracked',
    `table inet t { chain p { type filter hook prerouting priority raw; PROTO dport PUBLIC notrack; }; }`,
    { said: ['port-untracked'] },
  ),
  nft(
    'the public port redirected before',
    `table inet t { chain p { type nat hook prerouting priority -110; PROTO dport PUBLIC redirect to :9999; }; }`,
    { said: ['port-taken'] },
  ),
  nft(
    'the public port redirected behind',
    `table inet t { chain p { type nat hook prerouting priority -90; PROTO dport PUBLIC redirect to :9999; }; }`,
  ),
  nft(
    'the public port accepted in another nat chain',
    `table inet t { chain p { type nat hook prerouting priority -110; PROTO dport PUBLIC accept; }; }`,
  ),
  nft(
    'the public port redirected by a map before',
    `table inet t { map m { type inet_service : inet_service; elements = { PUBLIC : 9999 } }; chain p { type nat hook prerouting priority -110; meta l4proto PROTO redirect to : PROTO dport map @m; }; }`,
    { said: ['port-taken'] },
  ),
  nft(
    'the host itself redirected before',
    `table inet t { chain o { type nat hook output priority -110; oif lo PROTO dport PUBLIC redirect to :9999; }; }`,
    { said: ['port-taken'] },
  ),
  nft(
    'a translation that keeps the port opens the closed one',
    `table inet t { chain p { type nat hook prerouting priority -110; PROTO dport TARGET dnat ip to 198.51.100.1; }; }`,
    { said: ['target-open'] },
  ),
  nft(
    'marks, and a drop of what is marked',
    `table inet t { chain p { type filter hook prerouting priority mangle; PROTO dport PUBLIC meta mark set meta mark | 0x40; }; chain i { type filter hook input priority 0; meta mark & 0x40 == 0x40 drop; }; }`,
    { said: ['target-blocked'] },
  ),
  nft('the type of the destination tested', input('fib daddr type local PROTO dport TARGET drop'), {
    said: ['target-blocked'],
  }),
];

/** Only where portshift's rules are in the legacy tables does it matter what comes before in those. */
const BEFORE_LEGACY: readonly Situation[] = ['iptables-legacy', 'ip6tables-legacy'].flatMap((command): Situation[] => [
  {
    title: `${command}: ACCEPT inserted in nat PREROUTING`,
    script: `${command} -w -t nat -I PREROUTING -j ACCEPT`,
    said: ['port-skipped'],
  },
  {
    title: `${command}: ACCEPT inserted in nat OUTPUT`,
    script: `${command} -w -t nat -I OUTPUT -j ACCEPT`,
    said: ['port-skipped'],
  },
  {
    title: `${command}: ACCEPT inserted in mangle INPUT`,
    script: `${command} -w -t mangle -I INPUT -p PROTO --dport TARGET -j ACCEPT`,
    said: ['target-open'],
  },
  { title: `${command}: ACCEPT inserted in filter INPUT`, script: `${command} -w -I INPUT -j ACCEPT` },
  {
    title: `${command}: ACCEPT inserted in mangle PREROUTING`,
    script: `${command} -w -t mangle -I PREROUTING -j ACCEPT`,
  },
  {
    title: `${command}: the public port redirected before`,
    script: `${command} -w -t nat -I PREROUTING -p PROTO --dport PUBLIC -j REDIRECT --to-ports 9999`,
    said: ['port-taken'],
  },
  {
    title: `${command}: the public port redirected before, from some sources`,
    script: `${command} -w -t nat -I PREROUTING -s ${command.startsWith('ip6') ? '2001:db8:7::/48' : '192.0.2.0/24'} -p PROTO --dport PUBLIC -j REDIRECT --to-ports 9999`,
    isDoubtful: true,
    said: ['port-taken'],
  },
  {
    title: `${command}: another port redirected before`,
    script: `${command} -w -t nat -I PREROUTING -p PROTO --dport 80 -j REDIRECT --to-ports 9999`,
  },
]);

/** Which of two tables comes first that translate at one priority, one of each kind, is known to nobody. */
const SAME_PRIORITY = 'iptables-nft: the public port redirected elsewhere, behind';

export function situationsFor(backend: 'iptc' | 'nft'): readonly Situation[] {
  const shared = [...iptables('iptables-legacy'), ...iptables('iptables-nft'), ...NATIVE].map(
    (one): Situation =>
      backend === 'iptc' && one.title === SAME_PRIORITY ? { ...one, isDoubtful: true, said: ['port-taken'] } : one,
  );
  return backend === 'iptc' ? [...shared, ...BEFORE_LEGACY] : shared;
}
