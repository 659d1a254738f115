import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Family } from '../../../lib/model/table-rule';

/** The rulesets of the version before that are kept here; see README.md. */
export const FORMER = ['kinds', 'many'] as const;
export type Former = (typeof FORMER)[number];

const read = (file: string) => readFileSync(join(__dirname, file), 'utf8');

/** The text of each rule, sorted. */
export function formerRules(name: Former): string[] {
  return read(`${name}.rules`).trimEnd().split('\n').sort();
}

/** The tables of one family, as `iptables-legacy-restore` takes them. */
export function formerTables(name: Former, family: Family): string {
  return read(`${name}-${family}.iptables`);
}

/** The table of nf_tables, as `nft -f` takes it. */
export function formerNft(name: Former): string {
  return read(`${name}.nft`);
}
