import { setImmediate } from 'node:timers/promises';

/** How long work may hold the event loop before it lets others in, in ms. */
const LENGTH = 0.4;

/** Steps between two looks at the clock. */
const STRIDE = 8;

/** A stretch of time in which work holds the event loop. */
export class Slice {
  #steps = 0;
  #started = performance.now();

  /** Counts a step of work; true when others should be let in before the next one. */
  step(): boolean {
    this.#steps += 1;
    return this.#steps % STRIDE === 0 && performance.now() - this.#started > LENGTH;
  }

  /** Lets others in, and begins anew. */
  async rest(): Promise<void> {
    await setImmediate();
    this.#started = performance.now();
  }
}

/**
 * Runs a generator to its end in slices; each `yield` is a place where it may be interrupted. To be awaited at once:
 * what ends within its first slice is there, or has thrown, when this returns.
 * @param slice where the work is one part of many, the slice that they share
 */
export function sliced<T>(work: Generator<void, T>, slice = new Slice()): T | Promise<T> {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    if (slice.step()) return goOn(work, slice);
  }
}

async function goOn<T>(work: Generator<void, T>, slice: Slice): Promise<T> {
  for (;;) {
    await slice.rest();
    for (;;) {
      const { done, value } = work.next();
      if (done) return value;
      if (slice.step()) break;
    }
  }
}

/** All of them as an array. */
export function* collected<T>(items: Iterable<T>): Generator<void, T[]> {
  const all: T[] = [];
  for (const item of items) {
    all.push(item);
    yield;
  }
  return all;
}
