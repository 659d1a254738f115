import { SteadyMap } from '../util/steady-map';
import { type Entry, entryKey, isSame } from './entry';

/**
 * Returns the key by which an entry is found: the name of its published port, or else the entry's own key, which is
 * never the name of a published port.
 */
export function groupOf(entry: Entry): string {
  return entry.name ?? entryKey(entry);
}

/**
 * A map of values by the entry that each belongs to. The two or three entries of a published port are found together,
 * by its name.
 */
export class EntryMap<T extends NonNullable<unknown>> {
  /** The values by group. A list is replaced, never changed. */
  readonly #groups = new SteadyMap<string, readonly T[]>();
  #size = 0;

  constructor(readonly entryOf: (value: T) => Entry) {}

  get size(): number {
    return this.#size;
  }

  get(entry: Entry): T | undefined {
    return this.#in(this.#groups.get(groupOf(entry)), entry);
  }

  /** Returns the values of one published port, or an empty list if there is none of that name. */
  named(name: string): readonly T[] {
    return this.#groups.get(name) ?? [];
  }

  /** Adds the value of an entry that has none yet. */
  add(value: T): void {
    const group = groupOf(this.entryOf(value));
    const others = this.#groups.get(group);
    this.#groups.set(group, others === undefined ? [value] : others.concat(value));
    this.#size += 1;
  }

  /** Deletes the value of an entry, and returns it. */
  delete(entry: Entry): T | undefined {
    const group = groupOf(entry);
    const values = this.#groups.get(group);
    const found = this.#in(values, entry);
    if (values === undefined || found === undefined) return undefined;
    if (values.length === 1) this.#groups.delete(group);
    else
      this.#groups.set(
        group,
        values.filter((value) => value !== found),
      );
    this.#size -= 1;
    return found;
  }

  clear(): void {
    this.#groups.clear();
    this.#size = 0;
  }

  values(): IterableIterator<T> {
    return new Members(this.#groups.values());
  }

  #in(values: readonly T[] | undefined, entry: Entry): T | undefined {
    if (values === undefined) return undefined;
    for (const value of values) if (isSame(this.entryOf(value), entry)) return value;
    return undefined;
  }
}

/** An iterator over the values of all groups. A generator would create more objects for each of them. */
class Members<T> implements IterableIterator<T> {
  readonly #groups: Iterator<readonly T[]>;
  #group: readonly T[] = [];
  #next = 0;

  constructor(groups: Iterator<readonly T[]>) {
    this.#groups = groups;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<T> {
    while (this.#next === this.#group.length) {
      const { done, value } = this.#groups.next();
      if (done) return { done, value: undefined };
      this.#group = value;
      this.#next = 0;
    }
    this.#next += 1;
    return { done: false, value: this.#group[this.#next - 1] as T };
  }
}
