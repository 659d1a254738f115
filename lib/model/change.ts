import { type Entry, notAmong } from './entry';
import { groupOf } from './entry-map';
import { countOfLed, isSameButPort, ledBy } from './publication';

/** The difference between two rulesets. No entry is both added and removed. */
export interface Change {
  readonly added: readonly Entry[];
  readonly removed: readonly Entry[];
}

export const UNCHANGED: Change = { added: [], removed: [] };

/**
 * The entries of one name in a ruleset: a list, or for a complete published port its leading entry alone, which carries
 * the options that the others follow from.
 */
export type Group = Entry | readonly Entry[];

/**
 * A replacement of all entries of one name. `added` and `removed` are computed on demand: most of them are never
 * needed.
 */
export class Regrouping implements Change {
  constructor(
    readonly name: string,
    readonly before: Group | undefined,
    readonly after: Group | undefined,
  ) {}

  get added(): readonly Entry[] {
    const before = entriesIn(this.before);
    return notAmong(before, entriesIn(this.after, before));
  }

  get removed(): readonly Entry[] {
    const before = entriesIn(this.before);
    return notAmong(entriesIn(this.after, before), before);
  }
}

/** A single change that consists of independent changes. */
class Composite implements Change {
  #entries: Change | undefined;

  constructor(readonly parts: readonly Change[]) {}

  get added(): readonly Entry[] {
    return this.#told().added;
  }

  get removed(): readonly Entry[] {
    return this.#told().removed;
  }

  /** Computes the entries in steps that can be interrupted, before `added` and `removed` are used. */
  *tell(): Generator<void, Change> {
    if (this.#entries !== undefined) return this.#entries;
    const added: Entry[] = [];
    const removed: Entry[] = [];
    for (const part of this.parts) {
      for (const entry of part.added) added.push(entry);
      for (const entry of part.removed) removed.push(entry);
      yield;
    }
    this.#entries = { added, removed };
    return this.#entries;
  }

  #told(): Change {
    const telling = this.tell();
    for (;;) {
      const { done, value } = telling.next();
      if (done) return value;
    }
  }
}

/**
 * Returns all entries of a group.
 * @param known as in `entriesOf`
 */
export function entriesIn(group: Group | undefined, known?: readonly Entry[]): readonly Entry[] {
  if (group === undefined) return NONE;
  return isList(group) ? group : ledBy(group, known);
}

export function countIn(group: Group | undefined): number {
  if (group === undefined) return 0;
  return isList(group) ? group.length : countOfLed(group);
}

/**
 * Returns the entries that stand for a group: the leading entry of a complete published port, or all entries of a list.
 */
export function leadsIn(group: Group | undefined): readonly Entry[] {
  if (group === undefined) return NONE;
  return isList(group) ? group : [group];
}

export function isList(group: Group): group is readonly Entry[] {
  return Array.isArray(group);
}

/** Splits a change into independent changes. */
export function partsOf(change: Change): readonly Change[] {
  return change instanceof Composite ? change.parts : [change];
}

/**
 * Returns the same change with all of its entries computed, in steps that can be interrupted: a large change takes
 * time.
 */
export function* toldInSteps(change: Change): Generator<void, Change> {
  if (change instanceof Composite) return yield* change.tell();
  return change instanceof Regrouping ? { added: change.added, removed: change.removed } : change;
}

export function isEmpty(change: Change): boolean {
  if (change instanceof Regrouping || change instanceof Composite) return false;
  return change.added.length === 0 && change.removed.length === 0;
}

/**
 * Returns true if the change can remove everything from a ruleset of `count` entries. Whether it does needs a closer
 * look.
 */
export function mayTakeAll(change: Change, count: number): boolean {
  let removed = 0;
  for (const part of partsOf(change)) {
    if (part instanceof Regrouping ? part.after !== undefined : part.added.length > 0) return false;
    removed += part instanceof Regrouping ? countIn(part.before) : part.removed.length;
  }
  return removed >= count;
}

/** Returns the number of entries in a change, or an upper bound of it. */
export function extentOf(change: Change): number {
  let extent = 0;
  for (const part of partsOf(change)) {
    if (part instanceof Regrouping) extent += countIn(part.before) + countIn(part.after);
    else extent += part.added.length + part.removed.length;
  }
  return extent;
}

export function inverse(change: Change): Change {
  if (change instanceof Regrouping) return new Regrouping(change.name, change.after, change.before);
  if (change instanceof Composite) return new Composite(change.parts.map(inverse));
  return { added: change.removed, removed: change.added };
}

/** The sum of changes that are added one by one. An entry that is added and removed again is no change. */
export class NetChange {
  /** The net changes by group, as only changes of the same group can cancel each other out. */
  readonly #net = new Map<string, Change>();

  add(change: Change): void {
    if (change instanceof Composite) {
      for (const part of change.parts) this.add(part);
      return;
    }
    if (change instanceof Regrouping) {
      this.#add(change.name, change);
      return;
    }
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
    return new Composite([...this.#net.values()]);
  }

  #add(group: string, change: Change): void {
    const known = this.#net.get(group);
    const net = known === undefined ? change : sumOf(known, change);
    if (isEmpty(net)) this.#net.delete(group);
    else this.#net.set(group, net);
  }
}

const NONE: readonly never[] = [];

/** Returns the group that all entries of a change belong to, or undefined if there is no such group. */
function onlyGroup({ added, removed }: Change): string | undefined {
  const first = removed[0] ?? added[0];
  if (first === undefined) return undefined;
  const { name } = first;
  if (name === undefined) return added.length + removed.length === 1 ? groupOf(first) : undefined;
  return added.every((entry) => entry.name === name) && removed.every((entry) => entry.name === name)
    ? name
    : undefined;
}

/** Yields runs of adjacent entries that belong to one group. */
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

/** Returns the sum of two small changes. */
function sumOf(first: Change, second: Change): Change {
  if (first instanceof Regrouping && second instanceof Regrouping) {
    return isSameGroup(first.before, second.after) ? UNCHANGED : new Regrouping(first.name, first.before, second.after);
  }
  return {
    added: notAmong(second.removed, first.added).concat(notAmong(first.removed, second.added)),
    removed: notAmong(second.added, first.removed).concat(notAmong(first.added, second.removed)),
  };
}

/** Returns true if both groups have the same entries. */
export function isSameGroup(one: Group | undefined, other: Group | undefined): boolean {
  if (one === other) return true;
  if (one === undefined || other === undefined) return false;
  if (!isList(one) && !isList(other)) return isSameLead(one, other);
  const [entries, others] = [entriesIn(one), entriesIn(other)];
  return entries.length === others.length && notAmong(others, entries).length === 0;
}

function isSameLead({ publication: one }: Entry, { publication: other }: Entry): boolean {
  return one !== undefined && other !== undefined && one.port === other.port && isSameButPort(one, other);
}

/** Combines changes that follow one another into a single one. */
export function compose(changes: Iterable<Change>): Change {
  const net = new NetChange();
  for (const change of changes) net.add(change);
  return net.change();
}

/** Returns the change that turns one set of entries into the other. */
export function difference(from: readonly Entry[], to: readonly Entry[]): Change {
  return compose([
    { added: NONE, removed: from },
    { added: to, removed: NONE },
  ]);
}
