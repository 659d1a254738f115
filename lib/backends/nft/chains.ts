import { answersOf } from '../../model/answers';
import type { Mark } from '../../model/mark';
import type { NftChain } from './operation';
import { type ClosedSpec, parseSpec } from './spec';

/** The priorities of netfilter's hooks (linux/netfilter_ipv4.h): dstnat and mangle. */
const DNAT_PRIORITY = -100;
const MANGLE_PRIORITY = -150;

export const NAT_PREROUTING: NftChain = {
  chain: 'nat_prerouting',
  type: 'nat',
  hook: 'prerouting',
  priority: DNAT_PRIORITY,
};
export const NAT_OUTPUT: NftChain = { chain: 'nat_output', type: 'nat', hook: 'output', priority: DNAT_PRIORITY };
/** The chain for packets that are delivered to this host, whatever their address, before any filter. */
export const CLOSED_INPUT: NftChain = {
  chain: 'closed_input',
  type: 'filter',
  hook: 'input',
  priority: MANGLE_PRIORITY,
};
/**
 * The chain for packets that this host sends, before any filter. Its rules hold back what a closed port sends outside
 * of any connection.
 */
export const CLOSED_OUTPUT: NftChain = {
  chain: 'closed_output',
  type: 'filter',
  hook: 'output',
  priority: MANGLE_PRIORITY,
};
/** A regular chain for TCP packets that are not SYNs and are new to connection tracking. */
export const MIDSTREAM: NftChain = { chain: 'midstream' };
export const MARK_PREROUTING: NftChain = {
  chain: 'mark_prerouting',
  type: 'filter',
  hook: 'prerouting',
  priority: MANGLE_PRIORITY,
};

/**
 * Returns the name of an owner's table, such as `portshift` or `portshift.blue`. It is never a word of nft's language,
 * which nft could not read back.
 */
export function tableName(owner: string): string {
  return owner === 'portshift' ? owner : `portshift.${owner}`;
}

/** Returns true if the name of a table of the family `inet` is that of an owner's own table. */
export function isTableOfAnOwner(table: string): boolean {
  return table === 'portshift' || table.startsWith('portshift.');
}

/** Returns the chains of a table, apart from those of its sets. */
export function chainsFor(mark: Mark | undefined): readonly NftChain[] {
  const chains = [NAT_PREROUTING, NAT_OUTPUT, CLOSED_INPUT, CLOSED_OUTPUT, MIDSTREAM];
  return mark === undefined ? chains : [...chains, MARK_PREROUTING];
}

const ANSWERS_PREFIX = 'answers_';

/**
 * Returns the regular chain of a set of closed ports. It drops packets that come from these ports, and returns all
 * others.
 */
export function answersChain(set: string): NftChain {
  return { chain: `${ANSWERS_PREFIX}${set}` };
}

/** Returns the spec of the set of closed ports that has this chain, or undefined if no set has it. */
export function setOfAnswers(chain: string): ClosedSpec | undefined {
  const spec = chain.startsWith(ANSWERS_PREFIX) ? parseSpec(chain.slice(ANSWERS_PREFIX.length)) : undefined;
  return spec?.kind === 'closed' && answersOf(spec) !== undefined ? spec : undefined;
}

/** The chains that a table may have from another version, or from a time when its owner marked denied packets. */
const FORMER_CHAINS: readonly string[] = ['deny_input', MARK_PREROUTING.chain];

export function isFormerChain(chain: string, mark: Mark | undefined): boolean {
  return FORMER_CHAINS.includes(chain) && !chainsFor(mark).some((one) => one.chain === chain);
}

/** Returns true if a table of portshift may have a chain of that name, in this version or an earlier one. */
export function isChainName(chain: string): boolean {
  const names = [NAT_PREROUTING, NAT_OUTPUT, CLOSED_INPUT, CLOSED_OUTPUT, MIDSTREAM, MARK_PREROUTING];
  if (setOfAnswers(chain) !== undefined) return true;
  return FORMER_CHAINS.includes(chain) || names.some((one) => one.chain === chain);
}

/** Returns true if the set is one of an earlier version. */
export function isFormerSet(set: string): boolean {
  return /^(?:tcp|udp)_rejected(?:_|$)/.test(set);
}
