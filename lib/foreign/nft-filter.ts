import type { NftRuleset, RulesetChain } from '../backends/nft';
import type { Family } from '../model/table-rule';
import { NftRule } from './nft-rule';
import { LookupSet } from './nft-set';
import { expressionsText } from './nft-text';
import {
  type BaseChain,
  type FilterChain,
  type Hook,
  keyOf,
  type PacketFilter,
  type RuleReference,
} from './packet-filter';

const FAMILIES: Readonly<Record<string, readonly Family[]>> = {
  ip: ['ipv4'],
  ip6: ['ipv6'],
  inet: ['ipv4', 'ipv6'],
};

const HOOKS: readonly Hook[] = ['prerouting', 'input', 'output', 'postrouting'];

/** Builds the packet filter of nf_tables: the tables of IPv4 (ip), of IPv6 (ip6) and of both (inet). */
export function* nftFilter({ chains, rules, sets }: NftRuleset): Generator<void, PacketFilter> {
  const lookups = new Map<string, LookupSet>();
  const named = new Map(sets.map((set) => [keyOf(set.family, set.table, set.set), set]));
  const findSet = (family: string, table: string) => (name: string) => {
    const key = keyOf(family, table, name);
    const set = named.get(key);
    const known = lookups.get(key) ?? (set && new LookupSet(set));
    if (known !== undefined) lookups.set(key, known);
    return known;
  };
  const byChain = new Map<string, NftRule[]>();
  for (const { family, table, chain } of chains) byChain.set(keyOf(family, table, chain), []);
  for (const rule of rules) {
    const { family, table, chain } = rule;
    byChain.get(keyOf(family, table, chain))?.push(new NftRule(referenceOf(rule), rule, findSet(family, table)));
    yield;
  }
  const bases = chains.flatMap((chain, age) => baseOf(chain, age, (key) => byChain.get(key) ?? []));
  return {
    bases,
    chains: () => byChain.values(),
    chain: (backend, key): FilterChain | undefined => (backend === 'nft' ? byChain.get(key) : undefined),
  };
}

function baseOf(chain: RulesetChain, age: number, rules: (key: string) => FilterChain): BaseChain[] {
  const { family, table, type, priority, policy, dormant } = chain;
  const families = FAMILIES[family];
  const hook = HOOKS.find((one) => one === chain.hook);
  if (families === undefined || hook === undefined || priority === undefined || dormant) return [];
  const isNat = type === 'nat';
  if (isNat && (hook === 'input' || hook === 'postrouting')) return [];
  const key = keyOf(family, table, chain.chain);
  return [
    {
      backend: 'nft',
      families,
      hook,
      type: isNat ? 'nat' : 'filter',
      priority,
      key,
      policy: policy ?? 'accept',
      reference: placeOf(chain),
      age,
      rules: () => rules(key),
    },
  ];
}

/**
 * Returns the owner of a table: `portshift` is the table of portshift's default owner, `portshift.OWNER` that of any
 * other.
 */
export function ownerOfTable(family: string, table: string): string | undefined {
  if (family !== 'inet') return undefined;
  return table === 'portshift' ? table : /^portshift\.(.+)$/.exec(table)?.[1];
}

function placeOf({ family, table, chain }: { family: string; table: string; chain: string }): RuleReference {
  const owner = ownerOfTable(family, table);
  return { backend: 'nft', family, table, chain, ...(owner !== undefined && { owner }) };
}

function referenceOf(rule: NftRuleset['rules'][number]): RuleReference {
  return {
    ...placeOf(rule),
    handle: rule.handle,
    get text() {
      return expressionsText(rule);
    },
  };
}
