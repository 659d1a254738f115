import type { NftRuleset, RulesetChain, RulesetSet } from '../../../lib/backends/nft/ruleset';
import type { RulesetExpression } from '../../../lib/backends/nft/ruleset-expression';
import type { LegacyChain, LegacyRuleset } from '../../../lib/foreign/legacy-filter';
import { legacyFilter } from '../../../lib/foreign/legacy-filter';
import { nftFilter } from '../../../lib/foreign/nft-filter';
import { type Opening, openingPacket, type Packet } from '../../../lib/foreign/packet';
import type { PacketFilter } from '../../../lib/foreign/packet-filter';
import { type Walk, type WalkOptions, walk } from '../../../lib/foreign/walk';
import { ReadRule } from '../../../lib/model/read-rule';
import type { TableMatch, TableName, TableRule, TableTarget } from '../../../lib/model/table-rule';

/** Runs a generator that is never interrupted. */
export function completed<T>(work: Generator<void, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** `-j TARGET` with matches. */
export function rule(target: TableTarget | 'ACCEPT' | 'DROP' | 'RETURN', ...matches: TableMatch[]): TableRule {
  return { matches, target: typeof target === 'string' ? { target } : target };
}

export function port(first: number, last = first): TableMatch {
  return { match: 'tcp', destinationPorts: [first, last] };
}

/** Chains of IPv4 tables by `table CHAIN`, with a policy behind it where it is a built-in one: `filter INPUT DROP`. */
export function legacy(chains: Readonly<Record<string, readonly TableRule[]>>): LegacyRuleset {
  const all: LegacyChain[] = [];
  const rules: ReadRule[] = [];
  for (const [place, list] of Object.entries(chains)) {
    const [table = 'filter', name = '', policy] = place.split(' ') as [TableName, string, string | undefined];
    all.push({ family: 'ipv4', table, name, ...(policy !== undefined && { policy }) });
    for (const one of list) {
      rules.push(ReadRule.of({ family: 'ipv4', table, chain: name }, one, { packets: 0, bytes: 0 }));
    }
  }
  return { chains: all, rules };
}

export function legacyOf(chains: Readonly<Record<string, readonly TableRule[]>>): PacketFilter {
  return completed(legacyFilter(legacy(chains)));
}

/** A chain of table `inet t`. */
export interface NftChainSpec {
  readonly hook?: string;
  readonly type?: string;
  readonly priority?: number;
  readonly policy?: 'accept' | 'drop';
  readonly rules: readonly (readonly RulesetExpression[])[];
}

export function nft(chains: Readonly<Record<string, NftChainSpec>>, sets: readonly RulesetSet[] = []): NftRuleset {
  const place = { family: 'inet', table: 't' } as const;
  let handle = 0;
  return {
    generation: 1,
    sets,
    chains: Object.entries(chains).map(([chain, { hook, type = 'filter', priority = 0, policy }]): RulesetChain => {
      handle += 1;
      const base = hook === undefined ? {} : { hook, type, priority, ...(policy !== undefined && { policy }) };
      return { item: 'chain', ...place, chain, handle, dormant: false, ...base };
    }),
    rules: Object.entries(chains).flatMap(([chain, { rules }]) =>
      rules.map((expressions) => {
        handle += 1;
        return { item: 'rule', ...place, chain, handle, expressions } as const;
      }),
    ),
  };
}

export function nftOf(chains: Readonly<Record<string, NftChainSpec>>, sets: readonly RulesetSet[] = []): PacketFilter {
  return completed(nftFilter(nft(chains, sets)));
}

export const OPENING: Opening = { family: 'ipv4', protocol: 'tcp', port: 8443, isLocal: false };

export function packet(more: Partial<Opening> = {}): Packet {
  return openingPacket({ ...OPENING, ...more });
}

export function walked(filter: PacketFilter, one: Packet = packet(), options: WalkOptions = {}): Walk {
  return completed(walk(filter, one, options));
}

/** `dropped by filter INPUT 2`; with what else may happen behind it. */
export function told({ usual, others }: Walk): string[] {
  return [usual, ...others].map(({ verdict, stations }) => {
    const last = stations.at(-1)?.reference;
    const place = last && [last.table, last.chain, last.number ?? last.handle ?? 'policy'].join(' ');
    return place === undefined ? verdict : `${verdict} by ${place}`;
  });
}
