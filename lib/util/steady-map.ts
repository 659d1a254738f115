/** The number of deleted keys that keep their places. */
const KEPT = 256;

/**
 * A Map for keys that come and go, where the same ones come back: the keys that were deleted last keep their places,
 * with the value `undefined`. V8's Map keeps a tombstone for each deleted key and probes through them on each lookup,
 * until it is rehashed, all at once. A key that comes back to its place has the same position in the order as before.
 */
export class SteadyMap<K, V extends NonNullable<unknown>> {
  readonly #values = new Map<K, V | undefined>();
  readonly #deleted = new Set<K>();

  get size(): number {
    return this.#values.size - this.#deleted.size;
  }

  get(key: K): V | undefined {
    return this.#values.get(key);
  }

  has(key: K): boolean {
    return this.#values.get(key) !== undefined;
  }

  set(key: K, value: V): void {
    this.#values.set(key, value);
    this.#deleted.delete(key);
  }

  /** Deletes a key, and returns true if it was there. */
  delete(key: K): boolean {
    if (!this.has(key)) return false;
    this.#values.set(key, undefined);
    this.#deleted.add(key);
    if (this.#deleted.size > KEPT) this.#forgetOne();
    return true;
  }

  clear(): void {
    this.#values.clear();
    this.#deleted.clear();
  }

  *keys(): Generator<K> {
    for (const [key] of this) yield key;
  }

  values(): IterableIterator<V> {
    return new PresentValues(this.#values.values());
  }

  *[Symbol.iterator](): Generator<[K, V]> {
    for (const [key, value] of this.#values) if (value !== undefined) yield [key, value];
  }

  #forgetOne(): void {
    for (const key of this.#deleted) {
      this.#deleted.delete(key);
      this.#values.delete(key);
      return;
    }
  }
}

/**
 * An iterator that returns the results of the Map's own iterator. A generator would create another object for each
 * value.
 */
class PresentValues<V extends NonNullable<unknown>> implements IterableIterator<V> {
  readonly #all: Iterator<V | undefined>;

  constructor(all: Iterator<V | undefined>) {
    this.#all = all;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<V> {
    for (;;) {
      const next = this.#all.next();
      if (isPresent(next)) return next;
    }
  }
}

function isPresent<V>(next: IteratorResult<V | undefined>): next is IteratorResult<V> {
  return next.done === true || next.value !== undefined;
}
