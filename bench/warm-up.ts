import type { Runner } from './runner';
import { median, type Summary, summaryOf } from './statistics';

/** Swaps that a process makes before anything else. */
const FIRST = 100;

/** How long one block of swaps takes, about, in ms, and how many blocks may be no faster than the fastest so far. */
const BLOCK = 150;
const PATIENCE = 3;

/** What counts as faster. */
const FASTER = 0.97;

/**
 * Lets a runner run alone until it gets no faster: what Node.js has not compiled yet, caches and the kernel's allocators
 * take their time.
 * @param budget how long that may take, about, in ms
 * @returns how long the first swaps took, in microseconds, while all of that was still to come
 */
export async function warmUp(runner: Runner, budget: number): Promise<Summary> {
  const end = performance.now() + budget;
  const [slowest = 0] = await runner.run(1);
  const first = await runner.run(Math.max(1, Math.min(FIRST, Math.floor((budget * 1000) / 4 / slowest))));
  let each = median(first);
  let fastest = each;
  let waited = 0;
  while (waited < PATIENCE && performance.now() < end) {
    each = median(await runner.run(Math.max(1, Math.floor((BLOCK * 1000) / each))));
    waited = each < fastest * FASTER ? 0 : waited + 1;
    fastest = Math.min(each, fastest);
  }
  return summaryOf(first);
}
