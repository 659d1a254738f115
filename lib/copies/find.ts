import { isTableOfAnOwner, type NftRuleset, tableName } from '../backends/nft';
import type { NamedRule } from '../engine/applied';
import type { Entry } from '../model/entry';
import type { Family } from '../model/table-rule';
import { type CopiedChains, copiedChains, type OwnNames } from './copied-chains';
import { type CopiedTable, contentOf, copiedTable, entriesIn, keysOf } from './copied-table';
import { type Copy, rulesOfEntries, rulesOfTexts } from './copy';
import { type SearchedTable, searchedNft } from './searched';

/** An owner, and what its firewall has installed. */
export interface Searcher {
  readonly names: OwnNames;
  readonly backend: 'iptc' | 'nft';
  /** The keys of the entries that the firewall has installed. */
  readonly keys: ReadonlySet<string>;
}

/** The copies that one transaction of nf_tables can delete. They are in tables other than the owner's own. */
export interface CopiesInNft {
  readonly chains: readonly CopiedChains[];
  readonly tables: readonly CopiedTable[];
}

export interface FoundInNft extends CopiesInNft {
  readonly copies: readonly Copy[];
}

/** The default owner. A table of another name does not name its owner. */
const DEFAULT_OWNER = 'portshift';

export function* findInNft(ruleset: NftRuleset, searcher: Searcher): Generator<void, FoundInNft> {
  const chains = copiedIn(yield* searchedNft(ruleset), searcher);
  const names = new Set(ruleset.chains.filter(({ family }) => family === 'inet').map(({ table }) => table));
  const tables: CopiedTable[] = [];
  for (const table of names) {
    const copied = isTableOfAnOwner(table) ? undefined : yield* copiedTable(ruleset, table);
    if (copied !== undefined && (yield* isOfOwner(copied, ruleset, searcher))) tables.push(copied);
  }
  const own = tableName(searcher.names.owner);
  const others = searcher.backend === 'nft' ? [] : yield* entriesIn(contentOf(ruleset, own));
  const copies = [
    ...copyOfChains('iptables-nft', chains),
    ...(others.length > 0 ? [copyOfTable({ table: own, entries: others, deletedChains: [], stays: [] })] : []),
    ...tables.filter(({ entries }) => entries.length > 0).map(copyOfTable),
  ];
  return { chains, tables, copies };
}

/** Returns the copies that the legacy tables hold of an owner whose firewall uses nft. */
export function findInLegacy(tables: readonly SearchedTable[], searcher: Searcher): Copy[] {
  return copyOfChains('iptc', copiedIn(tables, searcher));
}

function copiedIn(tables: readonly SearchedTable[], { names }: Searcher): CopiedChains[] {
  return tables.flatMap((table) => copiedChains(table, names) ?? []);
}

/**
 * Returns true if the copied table is attributed to this owner: if it shares entries with what the owner has installed,
 * or if this is the default owner and the table shares none with another owner's.
 */
function* isOfOwner(
  { entries }: CopiedTable,
  ruleset: NftRuleset,
  { names, keys }: Searcher,
): Generator<void, boolean> {
  const copied = keysOf(entries);
  const isIn = (others: ReadonlySet<string>) => [...copied].some((key) => others.has(key));
  if (isIn(keys)) return true;
  if (names.owner !== DEFAULT_OWNER) return false;
  for (const table of new Set(ruleset.chains.map((chain) => chain.table))) {
    if (!isTableOfAnOwner(table) || table === tableName(names.owner)) continue;
    if (isIn(keysOf(yield* entriesIn(contentOf(ruleset, table))))) return false;
  }
  return true;
}

function copyOfChains(backend: 'iptc' | 'iptables-nft', all: readonly CopiedChains[]): Copy[] {
  const active = all.filter(({ texts, isUnsigned }) => texts.length > 0 || isUnsigned);
  if (active.length === 0) return [];
  return [
    {
      backend,
      families: familiesOf(active.map(({ family }) => family)),
      tables: active.map(({ family, table }) => `${family} ${table}`),
      chains: [...new Set(active.flatMap(({ chains }) => chains))],
      rules: rulesOfTexts(active.flatMap(({ texts }) => texts)),
      stays: active.flatMap(({ stays }) => stays),
    },
  ];
}

function copyOfTable({
  table,
  entries,
  deletedChains,
  stays,
}: Pick<CopiedTable, 'table' | 'entries' | 'deletedChains' | 'stays'>): Copy {
  const rules: NamedRule[] = rulesOfEntries(entries);
  return {
    backend: 'nft',
    families: familiesOf(entries.map(({ rule }: Entry) => rule.family ?? 'inet')),
    tables: [`inet ${table}`],
    chains: deletedChains,
    rules,
    stays,
  };
}

function familiesOf(names: readonly string[]): Family[] {
  const has = (...words: readonly string[]) => names.some((name) => words.includes(name));
  return [
    ...(has('ip', 'ipv4', 'inet') ? (['ipv4'] as const) : []),
    ...(has('ip6', 'ipv6', 'inet') ? (['ipv6'] as const) : []),
  ];
}
