/** What is run beside portshift, as lines for a shell with test/foreign/environment.sh. */
export interface ForeignTool {
  readonly name: string;
  readonly script: string;
  /** Of which backend's rules it takes away everything or something. */
  readonly takes: readonly ('iptc' | 'nft')[];
}

const rules = (command: string) => `
  for port in $(seq 2001 2030); do
    ${command} -w -A INPUT -p tcp --dport $port -j ACCEPT
    ${command} -w -t nat -A PREROUTING -p tcp --dport $port -j ACCEPT
    if [ $((port % 3)) = 0 ]; then ${command} -w -D INPUT -p tcp --dport $port -j ACCEPT; fi
  done`;

const restored = (command: string, option: string) => `
  for port in $(seq 2001 2020); do
    printf '*filter\\n-A FORWARD -p tcp --dport %s -j DROP\\nCOMMIT\\n*nat\\n-A OUTPUT -p udp --dport %s -j ACCEPT\\nCOMMIT\\n' \\
      $port $port | ${command} -w ${option}
  done`;

const UFW = `
  ufw --force enable
  ufw allow 8443/tcp
  ufw limit 2222/tcp
  ufw reload`;

const FIREWALLD = `
  firewall-cmd --permanent --add-port=8443/tcp
  firewall-cmd --reload
  firewall-cmd --add-service=http
  firewall-cmd --add-forward-port=port=81:proto=tcp:toport=82
  firewall-cmd --complete-reload
  firewall-cmd --add-rich-rule='rule family=ipv4 source address=192.0.2.0/24 reject'
  kill_firewalld`;

/** They leave alone what they have not made. */
export const GENTLE: readonly ForeignTool[] = [
  {
    name: 'iptables-legacy and ip6tables-legacy',
    script: `${rules('iptables-legacy')}${rules('ip6tables-legacy')}`,
    takes: [],
  },
  { name: 'iptables-nft and ip6tables-nft', script: `${rules('iptables-nft')}${rules('ip6tables-nft')}`, takes: [] },
  { name: 'iptables-legacy-restore --noflush', script: restored('iptables-legacy-restore', '--noflush'), takes: [] },
  {
    name: 'iptables-nft-restore, with and without --noflush',
    script: `${restored('iptables-nft-restore', '--noflush')}${restored('ip6tables-nft-restore', '')}`,
    takes: [],
  },
  {
    name: 'nft',
    script: `
      nft 'add table ip theirs; add chain ip theirs in { type filter hook input priority 5; }'
      for port in $(seq 2001 2030); do
        nft add rule ip theirs in tcp dport $port accept
        printf 'table inet more {\\n set s { type inet_service; elements = { %s } }\\n}\\n' $port | nft -f -
      done`,
    takes: [],
  },
  { name: 'ufw on nf_tables', script: `use_iptables nft${UFW}`, takes: [] },
  {
    name: 'ufw on the legacy tables, reset and enabled again',
    script: `use_iptables legacy${UFW}
      ufw --force reset
      ufw --force enable`,
    takes: [],
  },
  { name: 'firewalld on nf_tables', script: `start_firewalld nftables${FIREWALLD}`, takes: [] },
];

/** They flush what is not theirs as well. */
export const ROUGH: readonly ForeignTool[] = [
  {
    name: 'iptables-legacy-restore',
    script: `${restored('iptables-legacy-restore', '')}${restored('ip6tables-legacy-restore', '')}`,
    takes: ['iptc'],
  },
  {
    name: 'nft flush ruleset and nft -f',
    script: `
      nft flush ruleset
      for port in $(seq 2001 2010); do
        printf 'flush ruleset\\ntable ip theirs {\\n chain in {\\n type filter hook input priority 5;\\n tcp dport %s accept\\n }\\n}\\n' $port | nft -f -
      done`,
    takes: ['nft'],
  },
  {
    name: 'firewalld on the legacy tables',
    script: `use_iptables legacy; start_firewalld iptables${FIREWALLD}`,
    takes: ['iptc'],
  },
];
