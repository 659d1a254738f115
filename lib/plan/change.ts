import { type Entry, entryKey } from '../rules/entry';

/** What turns one ruleset into another. No entry is on both sides. */
export interface Change {
  readonly added: readonly Entry[];
  readonly removed: readonly Entry[];
}

/** One step of an edit: an entry that went in or out. */
export interface Edit {
  readonly added: boolean;
  readonly entry: Entry;
}

export const UNCHANGED: Change = { added: [], removed: [] };

export function isEmpty(change: Change): boolean {
  return change.added.length === 0 && change.removed.length === 0;
}

/** Whether it can take out everything, where so many entries are there: whether it does takes a closer look. */
export function mayTakeAll({ added, removed }: Change, count: number): boolean {
  return added.length === 0 && removed.length >= count;
}

export function inverse(change: Change): Change {
  return { added: change.removed, removed: change.added };
}

/** What a sequence of edits comes to, from an index on: an entry put in and taken out again is no change. */
export function netChange(edits: readonly Edit[], from = 0): Change {
  if (edits.length - from <= FEW && !isAnyUndone(edits, from)) return splitOf(edits, from);
  const net = new NetChange();
  for (let index = from; index < edits.length; index += 1) net.add(edits[index] as Edit);
  return net.change();
}

/** So many edits are compared with each other sooner than they are looked up. */
const FEW = 8;

function isAnyUndone(edits: readonly Edit[], from: number): boolean {
  for (let index = from; index < edits.length; index += 1) {
    const key = entryKey((edits[index] as Edit).entry);
    for (let later = index + 1; later < edits.length; later += 1) {
      if (entryKey((edits[later] as Edit).entry) === key) return true;
    }
  }
  return false;
}

function splitOf(edits: readonly Edit[], from: number): Change {
  const added: Entry[] = [];
  const removed: Entry[] = [];
  for (let index = from; index < edits.length; index += 1) {
    const edit = edits[index] as Edit;
    (edit.added ? added : removed).push(edit.entry);
  }
  // Changes are kept: copies have no room to grow.
  return { added: added.slice(), removed: removed.slice() };
}

/** The sum of edits, one by one. */
export class NetChange {
  readonly #net = new Map<string, Edit>();

  add(edit: Edit): void {
    const key = entryKey(edit.entry);
    if (!this.#net.delete(key)) this.#net.set(key, edit);
  }

  change(): Change {
    return splitOf([...this.#net.values()], 0);
  }
}

/** One change after another as a single one. */
export function compose(changes: Iterable<Change>): Change {
  const edits: Edit[] = [];
  for (const { added, removed } of changes) {
    for (const entry of removed) edits.push({ added: false, entry });
    for (const entry of added) edits.push({ added: true, entry });
  }
  return netChange(edits);
}

/** What turns one set of entries into the other. */
export function difference(from: readonly Entry[], to: readonly Entry[]): Change {
  return compose([{ added: to, removed: from }]);
}
