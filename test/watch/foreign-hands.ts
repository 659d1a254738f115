/** What foreign hands do to the rules of owner `portshift`, as lines for a shell. */
export const FOREIGN_HANDS: Readonly<Record<'iptc' | 'nft', Readonly<Record<string, string>>>> = {
  iptc: {
    'iptables -t mangle -F': 'iptables-legacy -w -t mangle -F',
    'iptables -t nat -F': 'iptables-legacy -w -t nat -F',
    'ip6tables -t mangle -F': 'ip6tables-legacy -w -t mangle -F',
    'a flush of everything': `for command in iptables-legacy ip6tables-legacy; do for table in filter mangle nat; do
      $command -w -t $table -F; $command -w -t $table -X || true; done; done`,
    'iptables-restore of an empty table': 'printf "*nat\\nCOMMIT\\n" | iptables-legacy-restore -w',
    'iptables-restore of everything, from before': `printf "*nat\\nCOMMIT\\n*mangle\\nCOMMIT\\n*filter\\nCOMMIT\\n" > empty
      iptables-legacy-restore -w < empty; ip6tables-legacy-restore -w < empty`,
    'a jump removed': 'iptables-legacy -w -t nat -D PREROUTING 1',
    'a rule removed': 'ip6tables-legacy -w -t mangle -D portshift.syn 1',
  },
  nft: {
    'nft flush ruleset': 'nft flush ruleset',
    'nft delete table': 'nft delete table inet portshift',
    'nft flush table': 'nft flush table inet portshift',
    'nft -f of a file that flushes': `printf "flush ruleset\\ntable inet theirs {\\n}\\n" | nft -f -`,
    'an element removed': 'nft flush map inet portshift tcp_ports',
    'a closed port opened': 'nft flush set inet portshift tcp_closed',
    'a table put to sleep': "nft 'add table inet portshift { flags dormant; }'",
  },
};
