import { setImmediate } from 'node:timers/promises';

/** How long work may hold the event loop before it lets others in, in ms. */
const SLICE = 0.4;

/** Steps between two looks at the clock. */
const STRIDE = 8;

/** Runs a generator to its end in slices; each `yield` is a place where it may be interrupted. */
export async function sliced<T>(work: Generator<void, T>): Promise<T> {
  let started = performance.now();
  for (let step = 1; ; step += 1) {
    const { done, value } = work.next();
    if (done) return value;
    if (step % STRIDE === 0 && performance.now() - started > SLICE) {
      await setImmediate();
      started = performance.now();
    }
  }
}
