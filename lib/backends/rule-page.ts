import { ReadRule } from '../model/read-rule';
import type { NativeSnapshot, TableId } from './table-session';

/** The number of fields of a rule: table, chain, jump, comment, packets, bytes and the rule itself. */
const FIELDS = 7;

/**
 * Reads the rules of a page of a snapshot of these tables: fields that end with a zero byte, as native/iptables/snapshot.cc
 * writes them.
 */
export function readPage(page: string, tables: readonly TableId[]): ReadRule[] {
  const fields = page.split('\0');
  const rules: ReadRule[] = [];
  for (let at = 0; at + FIELDS < fields.length; at += FIELDS) {
    const field = (index: number) => fields[at + index] as string;
    const { family, table } = tables[Number(field(0))] as TableId;
    const counters = { packets: Number(field(4)), bytes: Number(field(5)) };
    rules.push(new ReadRule({ family, table, chain: field(1) }, field(2), field(3), counters, field(6)));
  }
  return rules;
}

/** The number of rules that cross from the addon in one call, so that no call blocks the event loop. */
const PAGE = 32;

/** Reads the rules of a snapshot page by page. */
export function* rulePages(snapshot: NativeSnapshot): Generator<ReadRule[]> {
  for (let from = 0; from < snapshot.size; from += PAGE) yield readPage(snapshot.page(from, PAGE), snapshot.tables);
}

/** Reads all rules of a snapshot, a page at a time. */
export function* readRules(snapshot: NativeSnapshot): Generator<void, ReadRule[]> {
  const rules: ReadRule[] = [];
  for (const page of rulePages(snapshot)) {
    for (const rule of page) rules.push(rule);
    yield;
  }
  return rules;
}

/** Writes rules in the format that `readPage` reads. */
export function writePage(rules: readonly ReadRule[], tables: readonly TableId[]): string {
  const indexOf = (rule: ReadRule) =>
    tables.findIndex(({ family, table }) => family === rule.family && table === rule.table);
  return rules
    .flatMap((rule) => {
      const { chain, jump, comment, counters, text } = rule;
      return [indexOf(rule), chain, jump, comment, counters.packets, counters.bytes, text];
    })
    .map((field) => `${field}\0`)
    .join('');
}
