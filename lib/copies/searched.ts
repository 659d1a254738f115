import { commentOf, type NftRuleset } from '../backends/nft';
import type { LegacyTablesRead } from '../foreign/surroundings';

/** A table of rules in chains, legacy or of nf_tables, reduced to what identifies a copy. */
export interface SearchedTable {
  readonly family: TableFamily;
  readonly table: string;
  readonly chains: string[];
  readonly rules: SearchedRule[];
  /** The chains that elements of verdict maps jump to. */
  readonly mapped: string[];
}

export type TableFamily = 'ip' | 'ip6' | 'inet';

export interface SearchedRule {
  readonly chain: string;
  /** Empty if the rule has no comment. */
  readonly comment: string;
  /** The chain that the rule jumps or goes to; empty if it does neither. */
  readonly jump: string;
  /** The handle of the rule, in nf_tables. */
  readonly handle?: number;
}

/** Tables by family and name. A table is created when it is first looked up. */
class Tables {
  readonly #tables = new Map<string, SearchedTable>();

  at(family: TableFamily, table: string): SearchedTable {
    const key = `${family} ${table}`;
    let found = this.#tables.get(key);
    if (found === undefined) {
      found = { family, table, chains: [], rules: [], mapped: [] };
      this.#tables.set(key, found);
    }
    return found;
  }

  all(): SearchedTable[] {
    return [...this.#tables.values()];
  }
}

export function searchedLegacy({ chains, rules }: LegacyTablesRead): SearchedTable[] {
  const tables = new Tables();
  for (const { family, table, name } of chains) tables.at(family === 'ipv4' ? 'ip' : 'ip6', table).chains.push(name);
  for (const { family, table, chain, comment, jump } of rules) {
    tables.at(family === 'ipv4' ? 'ip' : 'ip6', table).rules.push({ chain, comment, jump });
  }
  return tables.all();
}

/** Returns the tables of the families that portshift installs rules in. */
export function* searchedNft({ chains, rules, sets }: NftRuleset): Generator<void, SearchedTable[]> {
  const tables = new Tables();
  for (const { family, table, chain } of chains) {
    if (isSearched(family)) tables.at(family, table).chains.push(chain);
    yield;
  }
  for (const rule of rules) {
    yield;
    if (!isSearched(rule.family)) continue;
    let jump = '';
    for (const one of rule.expressions) {
      if (one.expr === 'immediate' && 'verdict' in one && 'chain' in one) jump = one.chain;
    }
    const { chain, handle } = rule;
    tables.at(rule.family, rule.table).rules.push({ chain, comment: commentOf(rule) ?? '', jump, handle });
  }
  for (const { family, table, elements } of sets) {
    yield;
    if (!isSearched(family)) continue;
    for (const { verdict } of elements) {
      if (verdict !== undefined && 'chain' in verdict) tables.at(family, table).mapped.push(verdict.chain);
    }
  }
  return tables.all();
}

function isSearched(family: string): family is TableFamily {
  return family === 'ip' || family === 'ip6' || family === 'inet';
}
