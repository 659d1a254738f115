import type { InterfaceSpec, TableMatch, TableRule } from '../../model/table-rule';
import type { OwnTable } from './phases';

/** An own chain of the legacy tables to which a built-in chain jumps, from its top. */
export type ChainId = 'pre' | 'out' | 'syn' | 'new' | 'tcp' | 'udp' | 'in' | 'sec' | 'lo' | 'ans' | 'mark';

export interface ChainSpec {
  readonly table: OwnTable;
  /** The built-in chain that jumps here. */
  readonly hook: string;
  /**
   * The test of the jump. It tests as much as all rules of the chain have in common, so that other packets traverse one
   * rule only.
   */
  readonly test: JumpTest;
}

export interface JumpTest {
  readonly protocol?: 'tcp' | 'udp';
  readonly inInterface?: InterfaceSpec;
  readonly matches: readonly TableMatch[];
}

/**
 * Matches packets that open a connection. A running TCP connection is left alone even if connection tracking takes it
 * for new.
 */
export const SYN: TableMatch = { match: 'tcp', syn: true };

/**
 * Matches a packet that is addressed to the port itself and was not translated to it. An invalid or untracked packet
 * has no state, and matches as well. A reply does not match, because a server may send from its own port to others.
 */
const DIRECT: TableMatch = { match: 'conntrack', notTranslated: true, directionOriginal: true };
const DIRECT_NEW: TableMatch = { ...DIRECT, notEstablished: true };
/**
 * Matches a packet that comes back to what this host sent from the port, in a connection that no redirect translated.
 */
const RETURNING: TableMatch = { match: 'conntrack', notTranslated: true, directionReply: true };
/**
 * Matches a packet that leaves untranslated and belongs to no established connection: it is new, invalid or untracked.
 * An answer in a direct connection, or in a redirected one, belongs to that connection.
 */
const UNCONNECTED: TableMatch = { match: 'conntrack', notEstablished: true, notTranslated: true };
const LOCAL: TableMatch = { match: 'addrtype', destinationTypes: ['local'] };

/**
 * The own chains. The nat table sees only the first packet of a connection. INPUT of mangle sees every packet that is
 * delivered to this host, whatever its address, before any filter: the rules in `syn` and `new` keep established
 * connections, those in `tcp` and `udp` do not. Only the filter table can answer a packet with REJECT, in `in`. Behind
 * it, `sec` denies what a foreign ACCEPT has kept from `in`. `lo` denies what comes back on `lo` to datagrams from a
 * closed port, and `ans` holds back what a closed TCP port sends outside of any connection. `mark` marks packets for
 * foreign rules, and denies nothing.
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

/**
 * The own chain whose rules match the port that packets come from. All other chains are for ports that packets go to.
 */
export const ANSWERS = 'ans' satisfies ChainId;

export const CHAIN_IDS = Object.keys(CHAINS) as readonly ChainId[];

/**
 * Returns the prefix of the names of an owner's own chains. An owner's name has no dot, so that no owner's prefix
 * begins another's.
 */
export function chainPrefix(owner: string): string {
  return `${owner}.`;
}

/** The prefix of the comment of every own rule. */
export const COMMENT_PREFIX = 'portshift';

/** Returns a jump to an own chain. */
export function jumpRule(chain: string, { protocol, inInterface, matches }: JumpTest): TableRule {
  return {
    ...(protocol !== undefined && { protocol }),
    ...(inInterface !== undefined && { inInterface }),
    matches: [...matches, { match: 'comment', comment: COMMENT_PREFIX }],
    target: { target: 'jump', chain },
  };
}

/**
 * Returns the name of a chain that nothing jumps to. The kernel translates running connections only as long as some
 * rule, in any chain, needs connection tracking. The rule in this chain keeps them translated after the last rule of
 * the owner has been deleted.
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
