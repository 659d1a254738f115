import { parseArgs } from 'node:util';
import type { BackendName } from '../../lib';
import { countProcesses, PROCESSES } from './processes';
import { runScenario, SCENARIOS } from './scenarios';
import { Totals } from './totals';

/** Load without changes, for comparison. */
const CALM_MS = 5_000;
const USAGE = 'usage: scripts/soak [--backend iptc|nft] [--rounds N] [--only SCENARIO]';

interface Arguments {
  readonly backends: readonly BackendName[];
  readonly rounds: number;
  readonly only: string;
}

/** Undefined where it is not what the usage says. */
function parsed(): { backend?: string; rounds: string; only: string } | undefined {
  try {
    return parseArgs({
      options: {
        backend: { type: 'string' },
        rounds: { type: 'string', default: '2000' },
        only: { type: 'string', default: '' },
      },
    }).values;
  } catch {
    return undefined;
  }
}

function readArguments(): Arguments | undefined {
  const values = parsed();
  if (values === undefined) return undefined;
  const { backend } = values;
  if (backend !== undefined && backend !== 'iptc' && backend !== 'nft') return undefined;
  if (!/^[1-9]\d*$/.test(values.rounds)) return undefined;
  if (![...SCENARIOS.map(({ title }) => title), PROCESSES].some((title) => title.includes(values.only)))
    return undefined;
  return { backends: backend ? [backend] : ['iptc', 'nft'], rounds: Number(values.rounds), only: values.only };
}

interface Part {
  readonly title: string;
  run(): Promise<void>;
}

function parts(backend: BackendName, rounds: number, totals: Totals): Part[] {
  const ms = Math.min(60_000, 2_000 + rounds * 30);
  return [
    ...SCENARIOS.map((scenario) => {
      return { title: scenario.title, run: () => runScenario(scenario, { backend, rounds, calm: CALM_MS }, totals) };
    }),
    { title: PROCESSES, run: () => countProcesses({ backend, processes: 8, ms }, totals) },
  ];
}

async function soak(backend: BackendName, rounds: number, only: string): Promise<boolean> {
  const totals = new Totals();
  for (const { title, run } of parts(backend, rounds, totals).filter((part) => part.title.includes(only))) {
    const begun = performance.now();
    await run();
    const seconds = ((performance.now() - begun) / 1_000).toFixed(1);
    process.stderr.write(`${backend}: ${title}: ${seconds} s, ${totals.failures.length} kinds of failures so far\n`);
  }
  process.stdout.write(`\n${backend}, ${rounds} rounds\n${totals.table()}\n`);
  for (const failure of totals.failures) process.stdout.write(`${failure}\n`);
  return totals.failures.length === 0;
}

async function main(): Promise<number> {
  const given = readArguments();
  if (given === undefined) {
    process.stderr.write(`${USAGE}\n`);
    return 2;
  }
  let passed = true;
  for (const backend of given.backends) passed = (await soak(backend, given.rounds, given.only)) && passed;
  return passed ? 0 : 1;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
