import { overlap } from '../rules/port';
import type { PortSpan } from '../tables/table-rule';

/** Entries by the ports they cover: one look-up for a single port, whatever the number of single ports known. */
export class PortIndex<T extends NonNullable<unknown>> {
  /** Most ports have one item. */
  readonly #single = new Map<number, T | Set<T>>();
  readonly #ranges = new Map<T, PortSpan>();

  add(span: PortSpan, item: T): void {
    if (span[0] !== span[1]) {
      this.#ranges.set(item, span);
      return;
    }
    const [port] = span;
    const known = this.#single.get(port);
    if (known instanceof Set) known.add(item);
    else if (known === undefined) this.#single.set(port, item);
    else if (known !== item) this.#single.set(port, new Set([known, item]));
  }

  delete(span: PortSpan, item: T): void {
    if (span[0] !== span[1]) {
      this.#ranges.delete(item);
      return;
    }
    const [port] = span;
    const known = this.#single.get(port);
    if (known === item) this.#single.delete(port);
    else if (known instanceof Set && known.delete(item) && known.size === 0) this.#single.delete(port);
  }

  /** Whether `test` holds for any item that shares a port with the span. */
  some(span: PortSpan, test: (item: T) => boolean): boolean {
    if (this.#ranges.size > 0) {
      for (const [item, range] of this.#ranges) if (overlap(range, span) && test(item)) return true;
    }
    const [first, last] = span;
    if (first === last) return someOf(this.#single.get(first), test);
    if (last - first < this.#single.size) {
      for (let port = first; port <= last; port += 1) if (someOf(this.#single.get(port), test)) return true;
      return false;
    }
    for (const [port, items] of this.#single) {
      if (port >= first && port <= last && someOf(items, test)) return true;
    }
    return false;
  }

  overlapping(span: PortSpan): T[] {
    const found: T[] = [];
    this.some(span, (item) => {
      found.push(item);
      return false;
    });
    return found;
  }
}

function someOf<T>(items: T | Set<T> | undefined, test: (item: T) => boolean): boolean {
  if (items === undefined) return false;
  if (!(items instanceof Set)) return test(items);
  for (const item of items) if (test(item)) return true;
  return false;
}
