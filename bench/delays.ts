import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Summary, summaryOf } from './statistics';

/** How the event loop had to wait while something ran: the longest of each run, in ms. */
export interface Delays {
  readonly longest: Summary;
  /** The longest collection of garbage in the same runs, in which the event loop stands still. */
  readonly collection: Summary;
}

/** The longest delay of a run is a matter of chance: it takes so many runs, for each time that is asked for, to tell a median. */
const RUNS = 3;

/** Runs `work` `RUNS` times as often. */
export async function delaysOf(repeats: number, work: () => Promise<unknown>): Promise<Delays> {
  const longest: number[] = [];
  const collections: number[] = [];
  for (let round = 0; round < RUNS * repeats; round += 1) {
    const histogram = monitorEventLoopDelay({ resolution: 1 });
    let collection = 0;
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) collection = Math.max(collection, duration);
    });
    histogram.enable();
    await sleep(20);
    histogram.reset();
    observer.observe({ entryTypes: ['gc'] });
    await work();
    await sleep(5);
    histogram.disable();
    observer.disconnect();
    longest.push(Math.max(0, histogram.max / 1e6 - 1));
    collections.push(collection);
  }
  return { longest: summaryOf(longest), collection: summaryOf(collections) };
}
