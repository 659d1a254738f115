import type { Runner } from './runner';
import { median, ratiosOf, type Summary, summaryOf } from './statistics';

export interface InterleaveOptions {
  /** How long all rounds together may take, about, in ms; there are at least three. */
  readonly budget: number;
  /** How long one runner may take in one round, about, in ms; it runs at least once. */
  readonly slice: number;
  /** Sleep before each, in ms. */
  readonly idle?: number;
  /** At most so many in one round. */
  readonly most?: number;
}

export interface Interleaved {
  /** By runner, in microseconds. */
  readonly times: Readonly<Record<string, Summary>>;
  /** By runner, the median of each round. */
  readonly rounds: Readonly<Record<string, readonly number[]>>;
}

/** Lets runners that are told apart by their names run in turns, in another order every round. */
export async function interleave(runners: readonly Runner[], options: InterleaveOptions): Promise<Interleaved> {
  const { budget, slice, idle = 0, most = 1_000 } = options;
  const counts = new Map<Runner, number>();
  let roundTime = 0;
  for (const runner of runners) {
    const fitting = (each: number) => Math.max(1, Math.min(most, Math.floor(slice / each)));
    // The first few, right after others have run, are no measure of a turn.
    const few = median(await runner.run(3)) / 1000 + idle;
    const each = median(await runner.run(fitting(few), idle)) / 1000 + idle;
    const count = fitting(each);
    counts.set(runner, count);
    roundTime += count * each;
  }
  const rounds = Math.max(3, Math.min(41, Math.floor(budget / roundTime)));
  const all = new Map(runners.map((runner) => [runner, { times: [] as number[], medians: [] as number[] }]));
  for (let round = 0; round < rounds; round += 1) {
    const shift = round % runners.length;
    for (const runner of [...runners.slice(shift), ...runners.slice(0, shift)]) {
      const times = await runner.run(counts.get(runner) ?? 1, idle);
      all.get(runner)?.times.push(...times);
      all.get(runner)?.medians.push(median(times));
    }
  }
  const entries = [...all].map(([{ name }, each]) => [name, each] as const);
  return {
    times: Object.fromEntries(entries.map(([name, { times }]) => [name, summaryOf(times)])),
    rounds: Object.fromEntries(entries.map(([name, { medians }]) => [name, medians])),
  };
}

/** How many times as long one took as the other. */
export function ratio({ rounds }: Interleaved, slower: string, faster: string): Summary {
  return ratiosOf(rounds[slower] ?? [], rounds[faster] ?? []);
}
