const PAGE_BITS = 8;
const PAGE = 1 << PAGE_BITS;

/**
 * A map of values by port. Any number of values can be added and deleted repeatedly at the same cost. V8's Map keeps a
 * tombstone for each deleted key and probes through them until it is rehashed, all at once.
 */
export class PortMap<T extends NonNullable<unknown>> {
  readonly #pages: ((T | undefined)[] | undefined)[] = [];

  get(port: number): T | undefined {
    return this.#pages[port >>> PAGE_BITS]?.[port & (PAGE - 1)];
  }

  set(port: number, value: T): void {
    let page = this.#pages[port >>> PAGE_BITS];
    if (page === undefined) {
      page = new Array<T | undefined>(PAGE).fill(undefined);
      this.#pages[port >>> PAGE_BITS] = page;
    }
    page[port & (PAGE - 1)] = value;
  }

  delete(port: number): void {
    const page = this.#pages[port >>> PAGE_BITS];
    if (page !== undefined) page[port & (PAGE - 1)] = undefined;
  }

  /** Yields the values in the order of their ports. */
  *values(): Generator<T> {
    for (const page of this.#pages) {
      if (page === undefined) continue;
      for (const value of page) if (value !== undefined) yield value;
    }
  }
}
