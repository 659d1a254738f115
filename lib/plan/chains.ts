import type { Mark } from '../rules/mark';
import type { TableMatch, TableName, TableRule } from '../tables/table-rule';

/** The own chains of the legacy tables, each reached by one jump from the top of a built-in chain. */
export type ChainId = 'pre' | 'out' | 'tcp' | 'udp' | 'tcp-all' | 'udp-all' | 'in';

export interface ChainSpec {
  readonly table: TableName;
  /** The built-in chain that jumps here. */
  readonly hook: string;
  /** What the jump itself tests, so that a packet that cannot concern the chain pays for one rule only. */
  readonly test: (mark: Mark) => { readonly protocol?: 'tcp' | 'udp'; readonly matches: readonly TableMatch[] };
}

/** Connection-opening packets: a running TCP connection is left alone even where it looks new to connection tracking. */
export const SYN: TableMatch = { match: 'tcp', syn: true };

/**
 * The nat table sees only the first packet of a connection. mangle sees every one: `tcp` and `udp` hold the rules that
 * keep established connections, and their jumps let only opening packets in; `-all` holds the rules that do not.
 */
export const CHAINS: Readonly<Record<ChainId, ChainSpec>> = {
  pre: { table: 'nat', hook: 'PREROUTING', test: () => ({ matches: [] }) },
  out: { table: 'nat', hook: 'OUTPUT', test: () => ({ matches: [] }) },
  tcp: { table: 'mangle', hook: 'PREROUTING', test: () => ({ protocol: 'tcp', matches: [SYN] }) },
  udp: {
    table: 'mangle',
    hook: 'PREROUTING',
    test: () => ({ protocol: 'udp', matches: [{ match: 'conntrack', stateNew: true }] }),
  },
  'tcp-all': { table: 'mangle', hook: 'PREROUTING', test: () => ({ protocol: 'tcp', matches: [] }) },
  'udp-all': { table: 'mangle', hook: 'PREROUTING', test: () => ({ protocol: 'udp', matches: [] }) },
  in: { table: 'filter', hook: 'INPUT', test: (mark) => ({ matches: [{ match: 'mark', ...mark }] }) },
};

export const CHAIN_IDS = Object.keys(CHAINS) as readonly ChainId[];

/** What begins the name of every own chain; an owner's name has no dot, so no owner's prefix begins another's. */
export function chainPrefix(owner: string): string {
  return `${owner}.`;
}

export function chainName(owner: string, id: ChainId): string {
  return `${chainPrefix(owner)}${id}`;
}

/** What begins the comment of every own rule. */
export const COMMENT_PREFIX = 'portshift';

export function jumpRule(owner: string, id: ChainId, mark: Mark): TableRule {
  const { protocol, matches } = CHAINS[id].test(mark);
  return {
    ...(protocol !== undefined && { protocol }),
    matches: [...matches, { match: 'comment', comment: COMMENT_PREFIX }],
    target: { target: 'jump', chain: chainName(owner, id) },
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
