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

export function isEmpty(change: Change): boolean {
  return change.added.length === 0 && change.removed.length === 0;
}

export function inverse(change: Change): Change {
  return { added: change.removed, removed: change.added };
}

/** What a sequence of edits comes to: an entry put in and taken out again is no change. */
export function netChange(edits: Iterable<Edit>): Change {
  const net = new Map<string, Edit>();
  for (const edit of edits) {
    const key = entryKey(edit.entry);
    if (net.has(key)) net.delete(key);
    else net.set(key, edit);
  }
  const all = [...net.values()];
  return {
    added: all.filter((edit) => edit.added).map((edit) => edit.entry),
    removed: all.filter((edit) => !edit.added).map((edit) => edit.entry),
  };
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
