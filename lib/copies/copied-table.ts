import {
  InstalledNft,
  isChainName,
  isFormerSet,
  type NftElement,
  type NftRuleset,
  parseSpec,
  type ReadElement,
  RULE_COMMENT,
  type RulesetElement,
  type RulesetRule,
  type RulesetSet,
} from '../backends/nft';
import { type Entry, entryKey } from '../model/entry';
import { ledBy } from '../model/publication';

/** A table of nf_tables with the chains, sets and rules of portshift's own table. */
export interface CopiedTable {
  readonly table: string;
  readonly deletedRules: readonly { readonly chain: string; readonly handle: number }[];
  readonly deletedChains: readonly string[];
  readonly deletedSets: readonly string[];
  /** The elements of the sets that are deleted. */
  readonly elements: readonly { readonly set: string; readonly elements: readonly NftElement[] }[];
  /** The number of chains and sets in the table, those of others and anonymous sets included. */
  readonly size: number;
  readonly entries: readonly Entry[];
  /** Messages about what stays although it is beside the owner's rules, with the reasons. */
  readonly stays: readonly string[];
}

type Content = Pick<NftRuleset, 'chains' | 'rules' | 'sets'>;

/** Returns the chains, rules and sets of one table of the family `inet`. */
export function contentOf({ chains, rules, sets }: NftRuleset, table: string): Content {
  const isIn = (one: { readonly family: string; readonly table: string }) =>
    one.family === 'inet' && one.table === table;
  return { chains: chains.filter(isIn), rules: rules.filter(isIn), sets: sets.filter(isIn) };
}

/** Returns the entries that are installed in such a table, in the order in which they are found. */
export function* entriesIn({ chains, sets }: Content): Generator<void, Entry[]> {
  const installed = new InstalledNft(undefined);
  for (const { chain, type = '', hook, priority = 0, policy } of chains) {
    installed.addChain({ chain, type, priority, accepts: policy !== 'drop', ...(hook !== undefined && { hook }) });
  }
  for (const set of sets) installed.addSet({ ...set, counter: true });
  yield;
  const elements = new Map(sets.map((set) => [set.set, set.elements.map(readElement)]));
  const states = [...installed.sets.states()];
  for (const state of states) yield* installed.addElements(state, elements.get(state.name) ?? []);
  for (const state of states) yield* installed.findEntries(state);
  const entries: Entry[] = [];
  for (const { entry } of installed.entries.values()) {
    entries.push(...ledBy(entry));
    yield;
  }
  return entries;
}

/**
 * Returns the copy in a table, whatever the table's name is. Returns undefined if the table does not hold both a rule
 * and a set of portshift's.
 */
export function* copiedTable(ruleset: NftRuleset, table: string): Generator<void, CopiedTable | undefined> {
  const content = contentOf(ruleset, table);
  const { chains, rules, sets } = content;
  const named = sets.filter(({ anonymous }) => !anonymous);
  const isOwn = ({ chain, comment }: RulesetRule) => comment === RULE_COMMENT && isChainName(chain);
  if (!rules.some(isOwn) || !named.some(({ set }) => parseSpec(set) !== undefined)) return undefined;
  const entries = yield* entriesIn(content);
  const foreign = rules.filter((rule) => !isOwn(rule));
  const stays: string[] = [];
  const keep = (what: string, why: string) => stays.push(`inet ${table} ${what} stays: ${why}`);
  const deletedChains = chains.flatMap(({ chain }) => {
    const why = whyChainStays(chain, foreign, sets);
    if (why === undefined) return [chain];
    keep(chain, why);
    return [];
  });
  const deletedSets = named.filter(({ set }) => {
    const why = whySetStays(set, foreign);
    if (why !== undefined) keep(set, why);
    return why === undefined;
  });
  return {
    table,
    deletedRules: rules.filter(isOwn),
    deletedChains,
    deletedSets: deletedSets.map(({ set }) => set),
    elements: deletedSets.map(({ set, elements }) => ({ set, elements: elements.map(writtenElement) })),
    size: chains.length + sets.length,
    entries,
    stays,
  };
}

function whyChainStays(
  chain: string,
  foreign: readonly RulesetRule[],
  sets: readonly RulesetSet[],
): string | undefined {
  if (!isChainName(chain)) return 'it is of others';
  if (foreign.some((rule) => rule.chain === chain)) return 'it holds a rule of others';
  const leadsThere = (one: object) => 'chain' in one && one.chain === chain;
  if (foreign.some(({ expressions }) => expressions.some(leadsThere))) return 'a rule of others jumps to it';
  const isMapped = sets.some(({ elements }) => elements.some(({ verdict = {} }) => leadsThere(verdict)));
  return isMapped ? 'a verdict map of others refers to it' : undefined;
}

function whySetStays(set: string, foreign: readonly RulesetRule[]): string | undefined {
  if (parseSpec(set) === undefined && !isFormerSet(set)) return 'it is of others';
  const uses = (one: object) => ('set' in one && one.set === set) || ('map' in one && one.map === set);
  return foreign.some(({ expressions }) => expressions.some(uses)) ? 'a rule of others uses it' : undefined;
}

function readElement({ key, keyEnd, ends, data, comment }: RulesetElement): ReadElement {
  return {
    key,
    ...(keyEnd !== undefined && { keyEnd }),
    ...(ends && { ends }),
    ...(data !== undefined && { data }),
    ...(comment !== undefined && { comment }),
  };
}

function writtenElement({ key, keyEnd, ends }: RulesetElement): NftElement {
  return { key, ...(keyEnd !== undefined && { keyEnd }), ...(ends && { ends }) };
}

/** Returns the keys of the entries. Equal entries have equal keys. */
export function keysOf(entries: readonly Entry[]): Set<string> {
  return new Set(entries.map(entryKey));
}
