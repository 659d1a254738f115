import { type Entry, notAmong } from '../rules/entry';
import { groupOf } from './entry-map';

/** What turns one ruleset into another. No entry is on both sides. */
export interface Change {
  readonly added: readonly Entry[];
  readonly removed: readonly Entry[];
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

/** The sum of changes, one by one: an entry put in and taken out again is no change. */
export class NetChange {
  /** By group: what is not of the same one cannot take the other back. */
  readonly #net = new Map<string, Change>();

  add(change: Change): void {
    const { added, removed } = change;
    const group = onlyGroup(change);
    if (group !== undefined) {
      this.#add(group, change);
      return;
    }
    for (const some of runs(removed)) this.#add(groupOf(some[0]), { added: NONE, removed: some });
    for (const some of runs(added)) this.#add(groupOf(some[0]), { added: some, removed: NONE });
  }

  change(): Change {
    const [only = UNCHANGED] = this.#net.values();
    if (this.#net.size < 2) return only;
    const added: Entry[] = [];
    const removed: Entry[] = [];
    for (const change of this.#net.values()) {
      for (const entry of change.added) added.push(entry);
      for (const entry of change.removed) removed.push(entry);
    }
    return { added, removed };
  }

  #add(group: string, change: Change): void {
    const known = this.#net.get(group);
    const net = known === undefined ? change : sumOf(known, change);
    if (isEmpty(net)) this.#net.delete(group);
    else this.#net.set(group, net);
  }
}

const NONE: readonly never[] = [];

/** The group that all of a change is of. */
function onlyGroup({ added, removed }: Change): string | undefined {
  const first = removed[0] ?? added[0];
  if (first === undefined) return undefined;
  const { name } = first;
  if (name === undefined) return added.length + removed.length === 1 ? groupOf(first) : undefined;
  return added.every((entry) => entry.name === name) && removed.every((entry) => entry.name === name)
    ? name
    : undefined;
}

/** Neighbours that are of one group, together. */
function* runs(entries: readonly Entry[]): Generator<[Entry, ...Entry[]]> {
  let run: [Entry, ...Entry[]] | undefined;
  for (const entry of entries) {
    if (run !== undefined && entry.name !== undefined && entry.name === run[0].name) run.push(entry);
    else {
      if (run !== undefined) yield run;
      run = [entry];
    }
  }
  if (run !== undefined) yield run;
}

/** Of changes that are small. */
function sumOf(first: Change, second: Change): Change {
  return {
    added: notAmong(second.removed, first.added).concat(notAmong(first.removed, second.added)),
    removed: notAmong(second.added, first.removed).concat(notAmong(first.added, second.removed)),
  };
}

/** One change after another as a single one. */
export function compose(changes: Iterable<Change>): Change {
  const net = new NetChange();
  for (const change of changes) net.add(change);
  return net.change();
}

/** What turns one set of entries into the other. */
export function difference(from: readonly Entry[], to: readonly Entry[]): Change {
  return compose([
    { added: NONE, removed: from },
    { added: to, removed: NONE },
  ]);
}
