import type { ReadRule } from '../model/read-rule';
import type { Family, TableName } from '../model/table-rule';
import {
  type BaseChain,
  type FilterChain,
  type Hook,
  keyOf,
  type PacketFilter,
  type RuleReference,
} from './packet-filter';
import { ruleText } from './rule-text';
import { LegacyRule } from './xt-rule';

/** A chain of the legacy tables. A built-in chain has a `policy`. */
export interface LegacyChain {
  readonly family: Family;
  readonly table: TableName;
  readonly name: string;
  readonly policy?: string;
}

/** The contents of the legacy tables. */
export interface LegacyRuleset {
  readonly chains: readonly LegacyChain[];
  /** The rules, chain by chain, in the order of evaluation. */
  readonly rules: readonly ReadRule[];
}

/** The hooks of the built-in chains. Packets to a published port do not pass any other hook. */
const HOOKS: Readonly<Record<string, Hook>> = {
  PREROUTING: 'prerouting',
  INPUT: 'input',
  OUTPUT: 'output',
  POSTROUTING: 'postrouting',
};

/**
 * The priorities of linux/netfilter_ipv4.h. `nat` has that of destination NAT; source NAT is later, and does not matter
 * here.
 */
const PRIORITIES: Readonly<Record<TableName, number>> = { raw: -300, mangle: -150, nat: -100, filter: 0, security: 50 };

/** Builds the packet filter of the legacy tables. */
export function* legacyFilter({ chains, rules }: LegacyRuleset): Generator<void, PacketFilter> {
  const byChain = new Map<string, LegacyRule[]>();
  for (const { family, table, name } of chains) byChain.set(keyOf(family, table, name), []);
  for (const read of rules) {
    const chain = byChain.get(keyOf(read.family, read.table, read.chain));
    chain?.push(new LegacyRule(referenceOf(read, chain.length + 1), () => read.rule));
    yield;
  }
  const bases = chains.flatMap(({ family, table, name, policy }): BaseChain[] => {
    const hook = HOOKS[name];
    if (hook === undefined || policy === undefined) return [];
    // Source NAT decides nothing about a packet's way.
    if (table === 'nat' && (hook === 'input' || hook === 'postrouting')) return [];
    const key = keyOf(family, table, name);
    return [
      {
        backend: 'iptc',
        families: [family],
        hook,
        type: table === 'nat' ? 'nat' : 'filter',
        priority: PRIORITIES[table],
        key,
        policy: policy === 'DROP' ? 'drop' : 'accept',
        reference: { backend: 'iptc', family, table, chain: name },
        age: 0,
        rules: () => byChain.get(key) ?? [],
      },
    ];
  });
  return {
    bases,
    chains: () => byChain.values(),
    chain: (backend, key): FilterChain | undefined => (backend === 'iptc' ? byChain.get(key) : undefined),
  };
}

/**
 * The beginning of the comment of portshift's rules. The name of the chain, or of the chain that is jumped to, begins
 * with the owner.
 */
const COMMENT = /^portshift( |$)/;
const OWN_CHAIN = /^([A-Za-z0-9_-]+)\.[a-z]/;

function referenceOf(read: ReadRule, number: number): RuleReference {
  const { family, table, chain } = read;
  const owner = COMMENT.test(read.comment) ? (OWN_CHAIN.exec(chain) ?? OWN_CHAIN.exec(read.jump))?.[1] : undefined;
  const reference = { backend: 'iptc', family, table, chain, number } as const;
  return {
    ...reference,
    ...(owner !== undefined && { owner }),
    get text() {
      return ruleText(read.rule);
    },
  };
}
