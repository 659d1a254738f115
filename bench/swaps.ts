import { join } from 'node:path';
import { Namespace } from '../test/support/namespace';
import { type Interleaved, interleave } from './interleave';
import { Runner } from './runner';
import type { Summary } from './statistics';
import { warmUp } from './warm-up';
import type { Surroundings, Way } from './ways';

const ROOT = join(__dirname, '..');
const PROGRAMS: Partial<Record<Way, string>> = { 'libiptc in C': 'libiptc_swap', 'libmnl in C': 'libmnl_swap' };

export interface SwapResult extends Surroundings {
  /** The first swaps of a process, by the way, in microseconds. */
  readonly first: Readonly<Record<string, Summary>>;
  readonly warm: Interleaved;
  /** With 5 ms of sleep before each. */
  readonly idle: Interleaved;
}

export interface SwapOptions {
  readonly ways: readonly Way[];
  /** Directory of the programs of native/bench. */
  readonly programs: string;
  /** How long the measurement may take, about, in ms. */
  readonly budget: number;
}

const IDLE = 5;

/** Moves a port back and forth in every way, each in a namespace of its own. */
export async function measureSwaps(surroundings: Surroundings, options: SwapOptions): Promise<SwapResult> {
  const namespaces: Namespace[] = [];
  try {
    for (const _way of options.ways) namespaces.push(await Namespace.create());
    const started = options.ways.map((way, index) => start(way, namespaces[index] as Namespace, surroundings, options));
    const runners = await Promise.all(started);
    const first: Record<string, Summary> = {};
    for (const runner of runners) first[runner.name] = await warmUp(runner, options.budget / 10);
    const budget = options.budget * 0.75;
    // A turn is so long that the caches are its own for most of it; what follows a pause is measured by itself.
    const warm = await interleave(runners, { budget, slice: 100, most: 800 });
    const idle = await interleave(runners, { budget: options.budget - budget, slice: 50, most: 10, idle: IDLE });
    return { ...surroundings, first, warm, idle };
  } finally {
    await Promise.all(namespaces.map((namespace) => namespace.remove()));
  }
}

async function start(
  way: Way,
  namespace: Namespace,
  surroundings: Surroundings,
  { programs }: SwapOptions,
): Promise<Runner> {
  const program = PROGRAMS[way];
  if (program !== undefined) {
    const script = ['--require', 'tsx/cjs', join(__dirname, 'surround.ts'), JSON.stringify([way, surroundings])];
    await namespace.exec(process.execPath, script, { cwd: ROOT, timeout: 120_000 });
    return new Runner(way, namespace.spawn(join(programs, program)));
  }
  const script = ['--require', 'tsx/cjs', join(__dirname, 'swapper.ts'), JSON.stringify([way, surroundings])];
  const runner = new Runner(way, namespace.spawn(process.execPath, script, { cwd: ROOT }));
  await runner.line();
  return runner;
}
