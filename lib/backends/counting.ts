import type { Entry } from '../model/entry';
import type { CountedEntry } from './backend';

/** An object that holds the counters of one entry after the other. */
export class Counted implements CountedEntry {
  entry!: Entry;
  connections = 0;
  denied = 0;
}

/**
 * An iterator that returns many items in one object, which is valid until the next item is requested. While 10,000
 * ports are listed, the garbage collector thus finds little else than the list.
 */
export class Counting<T> implements Iterator<CountedEntry> {
  readonly #items: Iterator<T>;
  readonly #write: (item: T, counted: Counted) => void;
  readonly #counted = new Counted();
  readonly #result: IteratorResult<CountedEntry> = { done: false, value: this.#counted };

  /** @param write copies an item's entry and counters into the object */
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
