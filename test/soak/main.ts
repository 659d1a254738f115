import { parseArgs } from 'node:util';
import type { BackendName } from '../../lib';
import { runScenario, SCENARIOS } from './scenarios';
import { Totals } from './totals';

const USAGE = 'usage: scripts/soak [--backend iptc|nft] [--rounds N] [--only SCENARIO]';

interface Arguments {
  readonly backends: readonly BackendName[];
  readonly rounds: number;
  readonly only: string;
}

function readArguments(): Arguments | undefined {
  const { values } = parseArgs({
    options: {
      backend: { type: 'string' },
      rounds: { type: 'string', default: '2000' },
      only: { type: 'string', default: '' },
    },
  });
  const { backend } = values;
  if (backend !== undefined && backend !== 'iptc' && backend !== 'nft') return undefined;
  if (!/^[1-9]\d*$/.test(values.rounds)) return undefined;
  if (!SCENARIOS.some(({ title }) => title.includes(values.only))) return undefined;
  return { backends: backend ? [backend] : ['iptc', 'nft'], rounds: Number(values.rounds), only: values.only };
}

async function soak(backend: BackendName, rounds: number, only: string): Promise<boolean> {
  const totals = new Totals();
  for (const scenario of SCENARIOS.filter(({ title }) => title.includes(only))) {
    const begun = performance.now();
    await runScenario(scenario, { backend, rounds, calm: 5_000 }, totals);
    const seconds = ((performance.now() - begun) / 1_000).toFixed(1);
    process.stderr.write(`${backend}: ${scenario.title}: ${seconds} s, ${totals.failures.length} kinds of failures\n`);
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
