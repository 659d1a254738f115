import { overlap } from '../rules/port';
import type { PortSpan } from '../tables/table-rule';

/** Entries by the ports they cover: one look-up for a single port, whatever the number of single ports known. */
export class PortIndex<T> {
  readonly #single = new Map<number, Set<T>>();
  readonly #ranges = new Map<T, PortSpan>();

  add(span: PortSpan, item: T): void {
    if (span[0] !== span[1]) {
      this.#ranges.set(item, span);
      return;
    }
    const items = this.#single.get(span[0]);
    if (items === undefined) this.#single.set(span[0], new Set([item]));
    else items.add(item);
  }

  delete(span: PortSpan, item: T): void {
    if (span[0] !== span[1]) {
      this.#ranges.delete(item);
      return;
    }
    const items = this.#single.get(span[0]);
    items?.delete(item);
    if (items?.size === 0) this.#single.delete(span[0]);
  }

  *overlapping(span: PortSpan): Generator<T> {
    for (const [item, range] of this.#ranges) {
      if (overlap(range, span)) yield item;
    }
    if (span[1] - span[0] < this.#single.size) {
      for (let port = span[0]; port <= span[1]; port += 1) yield* this.#single.get(port) ?? [];
    } else {
      for (const [port, items] of this.#single) {
        if (port >= span[0] && port <= span[1]) yield* items;
      }
    }
  }
}
