/** Ways to move a public port from 8445 to 8446 and back. */
export const WAYS = {
  'portshift nft': 'web.move() on nft',
  'portshift iptc': 'web.move() on iptc',
  '4 x iptables-legacy': "execFile('iptables-legacy') four times: two rules in, two rules out",
  '4 x iptables-nft': "execFile('iptables-nft') four times",
  'iptables-restore': 'one iptables-legacy-restore --noflush',
  'nft -f': 'one nft -f -',
  'libiptc in C': 'a bare cycle of libiptc: read, replace two rules, commit',
  'libmnl in C': 'a bare netlink batch that replaces two map elements',
  'no-op': 'an empty trip through the thread pool of Node.js',
} as const;

export type Way = keyof typeof WAYS;

export const ALL_WAYS = Object.keys(WAYS) as readonly Way[];

/** Beside what a port is moved. */
export interface Surroundings {
  /** Foreign rules in the table that the way changes, or where that is its own table, in another one of nf_tables. */
  readonly foreign: number;
  /** Published ports, the one that is moved among them. */
  readonly published: number;
}

export const PORTS = { from: 8445, to: 8446, target: 8443 } as const;
