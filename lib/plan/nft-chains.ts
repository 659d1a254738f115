import type { Mark } from '../rules/mark';
import { answersOf } from './answers';
import type { NftChain } from './nft-operation';
import { type ClosedSpec, parseSpec } from './nft-spec';

/** Priorities of netfilter's hooks (linux/netfilter_ipv4.h): dstnat and mangle. */
const DNAT_PRIORITY = -100;
const MANGLE_PRIORITY = -150;

export const NAT_PREROUTING: NftChain = {
  chain: 'nat_prerouting',
  type: 'nat',
  hook: 'prerouting',
  priority: DNAT_PRIORITY,
};
export const NAT_OUTPUT: NftChain = { chain: 'nat_output', type: 'nat', hook: 'output', priority: DNAT_PRIORITY };
/** Ahead of every filter, in packets that this host takes for itself, whatever their address is. */
export const CLOSED_INPUT: NftChain = {
  chain: 'closed_input',
  type: 'filter',
  hook: 'input',
  priority: MANGLE_PRIORITY,
};
/** What this host sends, ahead of every filter: its rules hold back what a closed port sends outside of any connection. */
export const CLOSED_OUTPUT: NftChain = {
  chain: 'closed_output',
  type: 'filter',
  hook: 'output',
  priority: MANGLE_PRIORITY,
};
/** A regular chain: TCP packets come here that are no SYN, and are new to connection tracking. */
export const MIDSTREAM: NftChain = { chain: 'midstream' };
export const MARK_PREROUTING: NftChain = {
  chain: 'mark_prerouting',
  type: 'filter',
  hook: 'prerouting',
  priority: MANGLE_PRIORITY,
};

/** `portshift`, or `portshift.blue`: never a word of nft's language, which could not be read back. */
export function tableName(owner: string): string {
  return owner === 'portshift' ? owner : `portshift.${owner}`;
}

/** Whether a table of the family `inet` is an owner's own one by its name. */
export function isTableOfAnOwner(table: string): boolean {
  return table === 'portshift' || table.startsWith('portshift.');
}

/** The chains that a table has, beside those of its sets. */
export function chainsFor(mark: Mark | undefined): readonly NftChain[] {
  const chains = [NAT_PREROUTING, NAT_OUTPUT, CLOSED_INPUT, CLOSED_OUTPUT, MIDSTREAM];
  return mark === undefined ? chains : [...chains, MARK_PREROUTING];
}

const ANSWERS_PREFIX = 'answers_';

/** A regular chain for a set of closed ports: it drops what comes from them, and lets all else go on. */
export function answersChain(set: string): NftChain {
  return { chain: `${ANSWERS_PREFIX}${set}` };
}

/** The set of closed ports that has this chain; undefined for one that is no such chain. */
export function setOfAnswers(chain: string): ClosedSpec | undefined {
  const spec = chain.startsWith(ANSWERS_PREFIX) ? parseSpec(chain.slice(ANSWERS_PREFIX.length)) : undefined;
  return spec?.kind === 'closed' && answersOf(spec) !== undefined ? spec : undefined;
}

/** Chains that a table may have from another version, or from when its owner marked what is denied. */
const FORMER_CHAINS: readonly string[] = ['deny_input', MARK_PREROUTING.chain];

export function isFormerChain(chain: string, mark: Mark | undefined): boolean {
  return FORMER_CHAINS.includes(chain) && !chainsFor(mark).some((one) => one.chain === chain);
}

/** Whether a table of portshift may have a chain of that name, in this version or an earlier one. */
export function isChainName(chain: string): boolean {
  const names = [NAT_PREROUTING, NAT_OUTPUT, CLOSED_INPUT, CLOSED_OUTPUT, MIDSTREAM, MARK_PREROUTING];
  if (setOfAnswers(chain) !== undefined) return true;
  return FORMER_CHAINS.includes(chain) || names.some((one) => one.chain === chain);
}

/** Sets of an earlier version. */
export function isFormerSet(set: string): boolean {
  return /^(?:tcp|udp)_rejected(?:_|$)/.test(set);
}
