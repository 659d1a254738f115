import type { Change } from '../../model/change';
import type { ClosedPorts } from '../../model/closed-ports';
import { type Entry, entryKey, parseEntry } from '../../model/entry';
import type { ReadRule } from '../../model/read-rule';
import type { Family, TableName, TableRule } from '../../model/table-rule';
import type { TableOperation } from '../../model/table-step';
import { COMMENT_PREFIX, chainPrefix } from './chains';

/** The table that holds the intent: the first one that a change touches. */
export const INTENT: { readonly family: Family; readonly table: TableName } = { family: 'ipv4', table: 'filter' };

const SIDES = ['added', 'removed'] as const;
type Side = (typeof SIDES)[number];

/**
 * A crash journal: a change that is recorded in the tables before it is made, and deleted from them when it is done. It
 * consists of two chains that nothing jumps to, with rules that do nothing: one for each entry that is added and one
 * for each that is removed.
 */
export class Intent {
  readonly #sides: Readonly<Record<Side, { exists: boolean; readonly entries: Map<string, Entry>; foreign: number }>> =
    {
      added: { exists: false, entries: new Map(), foreign: 0 },
      removed: { exists: false, entries: new Map(), foreign: 0 },
    };

  constructor(readonly owner: string) {}

  /** Returns the side that the chain holds, or undefined for any other chain. */
  sideOf({ family, table, chain }: { family: Family; table: TableName; chain: string }): Side | undefined {
    if (family !== INTENT.family || table !== INTENT.table) return undefined;
    return SIDES.find((side) => chain === this.#chain(side));
  }

  addChain(side: Side): void {
    this.#sides[side].exists = true;
  }

  /**
   * Adds a rule, and returns the entry that it records. Returns `foreign` for a foreign rule, and undefined for a rule
   * that records nothing.
   */
  addRule(side: Side, rule: ReadRule): Entry | 'foreign' | undefined {
    const state = this.#sides[side];
    const { comment } = rule;
    if (!comment.startsWith(`${COMMENT_PREFIX} `)) {
      // A foreign rule keeps the chain from being deleted.
      state.foreign += 1;
      return 'foreign';
    }
    const entry = parseEntry(comment.slice(COMMENT_PREFIX.length + 1));
    if (entry === undefined || this.has(side, entry) || !rule.says(intentRule(entry))) return undefined;
    state.entries.set(entryKey(entry), entry);
    return entry;
  }

  has(side: Side, entry: Entry): boolean {
    return this.#sides[side].entries.has(entryKey(entry));
  }

  /** True if a change was begun and not ended. */
  get isWritten(): boolean {
    return SIDES.some((side) => this.#sides[side].entries.size > 0);
  }

  /** True if any chain of the intent is there that could be deleted. */
  get isLeft(): boolean {
    return SIDES.some((side) => this.#sides[side].exists && this.#sides[side].foreign === 0);
  }

  write(change: Change): TableOperation[] {
    return SIDES.flatMap((side) => {
      const state = this.#sides[side];
      const chain = this.#chain(side);
      if (change[side].length === 0) return [];
      const operations: TableOperation[] = state.exists ? [] : [{ op: 'createChain', chain }];
      state.exists = true;
      for (const entry of change[side]) {
        state.entries.set(entryKey(entry), entry);
        operations.push({ op: 'append', chain, rule: intentRule(entry) });
      }
      return operations;
    });
  }

  strike(): TableOperation[] {
    return SIDES.flatMap((side) => {
      const state = this.#sides[side];
      const chain = this.#chain(side);
      const operations: TableOperation[] = [];
      for (const entry of state.entries.values()) operations.push({ op: 'delete', chain, rule: intentRule(entry) });
      state.entries.clear();
      if (state.exists && state.foreign === 0) {
        operations.push({ op: 'deleteChain', chain });
        state.exists = false;
      }
      return operations;
    });
  }

  #chain(side: Side): string {
    return `${chainPrefix(this.owner)}${side}`;
  }
}

function intentRule(entry: Entry): TableRule {
  return {
    matches: [{ match: 'comment', comment: `${COMMENT_PREFIX} ${entryKey(entry)}` }],
    target: { target: 'none' },
  };
}

/**
 * Returns true if the rules alone could not show, after a crash, how far the change had come, or in which direction it
 * was going.
 *
 * The tables for IPv4 are replaced before those for IPv6: an entry of both families that is in only one of them shows
 * the direction, and an entry for IPv4 alone is there or gone together with those. Only an entry for IPv6 alone shows
 * nothing about the rest. A port that answers is closed by two tables, one after the other: if it is closed by a rule
 * of its own, and not as part of a published port, neither table shows the state of the other entries of the change.
 * And a closed port that passes from one published port to another is closed by the new one before the public port of
 * the new one is there.
 */
export function needsIntent(change: Change, opening: ClosedPorts): boolean {
  if (mixesFamilies(change) || isAnsweredAmongOthers(change)) return true;
  return change.added.some(
    (entry) => entry.rule.kind === 'markDrop' && opening.touching(entry).some(({ name }) => name !== entry.name),
  );
}

/** Returns true if several entries include a port that answers and has a closing rule of its own. */
function isAnsweredAmongOthers({ added, removed }: Change): boolean {
  if (added.length + removed.length < 2) return false;
  const answers = ({ rule, name }: Entry) => name === undefined && rule.kind === 'markDrop' && rule.deny === 'reject';
  return added.some(answers) || removed.some(answers);
}

/** Returns true if some of the entries that show the state are for IPv6 alone, and some are not. */
function mixesFamilies({ added, removed }: Change): boolean {
  let hasIpv6 = false;
  let hasOthers = false;
  for (const entries of [added, removed]) {
    for (const { rule, name } of entries) {
      if (name !== undefined && rule.kind !== 'redirect') continue;
      if (rule.family === 'ipv6') hasIpv6 = true;
      else hasOthers = true;
    }
  }
  return hasIpv6 && hasOthers;
}
