import type { InterfaceSpec, TableMatch, TableRule } from '../tables/table-rule';
import type { OwnTable } from './phases';

/** The own chains of the legacy tables that a built-in chain jumps to, from its top. */
export type ChainId = 'pre' | 'out' | 'syn' | 'new' | 'tcp' | 'udp' | 'in' | 'sec' | 'lo' | 'ans' | 'mark';

export interface ChainSpec {
  readonly table: OwnTable;
  /** The built-in chain that jumps here. */
  readonly hook: string;
  /** The jump tests as much as all rules of the chain have in common, so that other packets pay for one rule only. */
  readonly test: JumpTest;
}

export interface JumpTest {
  readonly protocol?: 'tcp' | 'udp';
  readonly inInterface?: InterfaceSpec;
  readonly matches: readonly TableMatch[];
}

/** Connection-opening packets: a running TCP connection is left alone even where it looks new to connection tracking. */
export const SYN: TableMatch = { match: 'tcp', syn: true };

/**
 * A packet that names the port itself, and was not translated to it. An invalid or untracked one is in no state either, and
 * matches. A reply does not: a server may send from its own port to others.
 */
const DIRECT: TableMatch = { match: 'conntrack', notTranslated: true, directionOriginal: true };
const DIRECT_NEW: TableMatch = { ...DIRECT, notEstablished: true };
/** A packet that comes back to what this host sent from the port, of which no redirect knows. */
const RETURNING: TableMatch = { match: 'conntrack', notTranslated: true, directionReply: true };
/**
 * A packet that leaves untranslated, and that connection tracking knows no connection for: new, invalid or untracked. What
 * answers a direct connection, or one that a redirect brought here, belongs to it.
 */
const UNCONNECTED: TableMatch = { match: 'conntrack', notEstablished: true, notTranslated: true };
const LOCAL: TableMatch = { match: 'addrtype', destinationTypes: ['local'] };

/**
 * The nat table sees the first packet of a connection only. INPUT of mangle sees every packet that this host takes for
 * itself, whatever its address, before any filter: `syn` and `new` hold the rules that keep established connections,
 * `tcp` and `udp` those that do not. Only the filter table can answer a packet with REJECT: `in` does that, and `sec`
 * denies behind it what an ACCEPT of others has kept from `in`. `lo` denies what comes back on `lo` to datagrams from a
 * closed port, and `ans` holds back what a closed TCP port sends outside of any connection. `mark` is for others to see, and denies nothing.
 */
export const CHAINS: Readonly<Record<ChainId, ChainSpec>> = {
  pre: { table: 'nat', hook: 'PREROUTING', test: { matches: [] } },
  out: { table: 'nat', hook: 'OUTPUT', test: { matches: [] } },
  syn: { table: 'mangle', hook: 'INPUT', test: { protocol: 'tcp', matches: [SYN, DIRECT] } },
  new: { table: 'mangle', hook: 'INPUT', test: { protocol: 'udp', matches: [DIRECT_NEW] } },
  tcp: { table: 'mangle', hook: 'INPUT', test: { protocol: 'tcp', matches: [DIRECT] } },
  udp: { table: 'mangle', hook: 'INPUT', test: { protocol: 'udp', matches: [DIRECT] } },
  in: { table: 'filter', hook: 'INPUT', test: { matches: [DIRECT] } },
  sec: { table: 'security', hook: 'INPUT', test: { matches: [DIRECT] } },
  lo: {
    table: 'mangle',
    hook: 'INPUT',
    test: { protocol: 'udp', inInterface: { name: 'lo' }, matches: [RETURNING] },
  },
  ans: { table: 'mangle', hook: 'OUTPUT', test: { protocol: 'tcp', matches: [UNCONNECTED] } },
  mark: { table: 'mangle', hook: 'PREROUTING', test: { matches: [LOCAL, DIRECT] } },
};

/** The own chain with rules about the ports that packets come from; all others are about those that they go to. */
export const ANSWERS = 'ans' satisfies ChainId;

export const CHAIN_IDS = Object.keys(CHAINS) as readonly ChainId[];

/** What begins the name of every own chain; an owner's name has no dot, so no owner's prefix begins another's. */
export function chainPrefix(owner: string): string {
  return `${owner}.`;
}

/** What begins the comment of every own rule. */
export const COMMENT_PREFIX = 'portshift';

/** A jump into an own chain. */
export function jumpRule(chain: string, { protocol, inInterface, matches }: JumpTest): TableRule {
  return {
    ...(protocol !== undefined && { protocol }),
    ...(inInterface !== undefined && { inInterface }),
    matches: [...matches, { match: 'comment', comment: COMMENT_PREFIX }],
    target: { target: 'jump', chain },
  };
}

/**
 * A chain that nothing jumps to. The kernel translates running connections only as long as some rule needs connection
 * tracking, in any chain; the rule in this one keeps them going after the last rule of the owner has gone.
 */
export function trackingChain(owner: string): string {
  return `${chainPrefix(owner)}keep`;
}

export const TRACKING_RULE: TableRule = {
  matches: [
    { match: 'conntrack', directionOriginal: true },
    { match: 'comment', comment: `${COMMENT_PREFIX} keep` },
  ],
  target: { target: 'none' },
};
