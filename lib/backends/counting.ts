import type { Entry } from '../rules/entry';
import type { CountedEntry } from './backend';

/** One entry after the other. */
export class Counted implements CountedEntry {
  entry!: Entry;
  connections = 0;
  denied = 0;
}

/**
 * Tells of many items by one object, which is good until the next one is asked for: while 10,000 ports are listed, the
 * garbage collector is to find the list and little else.
 */
export class Counting<T> implements Iterator<CountedEntry> {
  readonly #items: Iterator<T>;
  readonly #write: (item: T, counted: Counted) => void;
  readonly #counted = new Counted();
  readonly #result: IteratorResult<CountedEntry> = { done: false, value: this.#counted };

  /** @param write what is told of an item */
  constructor(items: Iterator<T>, write: (item: T, counted: Counted) => void) {
    this.#items = items;
    this.#write = write;
  }

  next(): IteratorResult<CountedEntry> {
    const { done, value } = this.#items.next();
    if (done) return { done, value: undefined };
    this.#write(value, this.#counted);
    return this.#result;
  }
}
