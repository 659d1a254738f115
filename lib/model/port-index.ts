import { overlap, type Port, spanOf } from './port';
import { PortMap } from './port-map';

/**
 * An index of items by the ports that they cover. A single port takes one lookup, whatever the number of single ports.
 */
export class PortIndex<T extends NonNullable<unknown>> {
  /** The items by single port. Most ports have one item. */
  readonly #single = new PortMap<T | Set<T>>();
  readonly #ranges = new Map<T, Port>();

  add(port: Port, item: T): void {
    if (typeof port !== 'number') {
      this.#ranges.set(item, port);
      return;
    }
    const known = this.#single.get(port);
    if (known instanceof Set) known.add(item);
    else if (known === undefined) this.#single.set(port, item);
    else if (known !== item) this.#single.set(port, new Set([known, item]));
  }

  delete(port: Port, item: T): void {
    if (typeof port !== 'number') {
      this.#ranges.delete(item);
      return;
    }
    const known = this.#single.get(port);
    if (known === item) this.#single.delete(port);
    else if (known instanceof Set && known.delete(item) && known.size === 0) this.#single.delete(port);
  }

  /**
   * Returns true if it is certain at once that no item covers the port: there are no ranges, and none at this single
   * port.
   */
  isFree(port: Port): boolean {
    return typeof port === 'number' && this.#ranges.size === 0 && this.#single.get(port) === undefined;
  }

  /** Returns true if `test` holds for any item that covers one of the ports. */
  some(port: Port, test: (item: T) => boolean): boolean {
    const span = spanOf(port);
    if (this.#ranges.size > 0) {
      for (const [item, range] of this.#ranges) if (overlap(spanOf(range), span) && test(item)) return true;
    }
    const [first, last] = span;
    for (let one = first; one <= last; one += 1) if (someOf(this.#single.get(one), test)) return true;
    return false;
  }

  overlapping(port: Port): T[] {
    const found: T[] = [];
    this.some(port, (item) => {
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
