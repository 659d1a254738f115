import type { Mark } from '../rules/mark';
import type { TableMatch, TableRule } from '../tables/table-rule';
import type { OwnTable } from './phases';

/** The own chains of the legacy tables that a built-in chain jumps to, from its top. */
export type ChainId = 'pre' | 'out' | 'syn' | 'new' | 'tcp' | 'udp' | 'in';

export interface ChainSpec {
  readonly table: OwnTable;
  /** The built-in chain that jumps here. */
  readonly hook: string;
  /** What the jump itself tests, so that a packet that cannot concern the chain pays for one rule only. */
  readonly test: (mark: Mark) => JumpTest;
}

export interface JumpTest {
  readonly protocol?: 'tcp' | 'udp';
  readonly matches: readonly TableMatch[];
}

/** Connection-opening packets: a running TCP connection is left alone even where it looks new to connection tracking. */
export const SYN: TableMatch = { match: 'tcp', syn: true };

/**
 * The nat table sees only the first packet of a connection. mangle sees every one: `syn` and `new` hold the rules that
 * keep established connections, and their jumps let only opening packets in; `tcp` and `udp` hold those that do not.
 */
export const CHAINS: Readonly<Record<ChainId, ChainSpec>> = {
  pre: { table: 'nat', hook: 'PREROUTING', test: () => ({ matches: [] }) },
  out: { table: 'nat', hook: 'OUTPUT', test: () => ({ matches: [] }) },
  syn: {
    table: 'mangle',
    hook: 'PREROUTING',
    test: () => ({ protocol: 'tcp', matches: [SYN] }),
  },
  new: {
    table: 'mangle',
    hook: 'PREROUTING',
    test: () => ({ protocol: 'udp', matches: [{ match: 'conntrack', notEstablished: true }] }),
  },
  tcp: { table: 'mangle', hook: 'PREROUTING', test: () => ({ protocol: 'tcp', matches: [] }) },
  udp: { table: 'mangle', hook: 'PREROUTING', test: () => ({ protocol: 'udp', matches: [] }) },
  in: {
    table: 'filter',
    hook: 'INPUT',
    test: (mark) => ({ matches: [{ match: 'mark', ...mark }] }),
  },
};

export const CHAIN_IDS = Object.keys(CHAINS) as readonly ChainId[];

/** What begins the name of every own chain; an owner's name has no dot, so no owner's prefix begins another's. */
export function chainPrefix(owner: string): string {
  return `${owner}.`;
}

/** What begins the comment of every own rule. */
export const COMMENT_PREFIX = 'portshift';

/** A jump into an own chain. */
export function jumpRule(chain: string, { protocol, matches }: JumpTest): TableRule {
  return {
    ...(protocol !== undefined && { protocol }),
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
