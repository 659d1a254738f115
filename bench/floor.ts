import { join } from 'node:path';
import { exec } from '../test/support/command';
import { Namespace } from '../test/support/namespace';
import { Runner } from './runner';
import { median, ratiosOf, type Summary } from './statistics';

/** What portshift reaches of what is possible where as many calls are made at once as there are published ports. */
export interface Floor {
  /** Changes in one second. */
  readonly portshift: number;
  /** The same in bare C. */
  readonly bare: number;
  /** How much of it portshift reaches, round by round. */
  readonly share: Summary;
  /** Changes in one second in bare C where one port is moved at a time, beside as many. */
  readonly bareOne: number;
}

export interface FloorOptions {
  readonly backend: 'nft' | 'iptc';
  readonly count: number;
  readonly repeats: number;
  /** Directory of the programs of native/bench. */
  readonly programs: string;
}

/** Elements in one batch, as many as portshift's calls that share a commit; more of them make it no faster. */
const BATCH = 64;

/** How often one port is moved in one round. */
const ONES = { nft: 1_000, iptc: 2 } as const;

/** Moves of all ports in bare C before anything is measured. */
const WARM_UP = 2;

const MAP = `table inet bench {
  map ports {
    type inet_service : inet_service
    counter
  }
  chain prerouting {
    type nat hook prerouting priority dstnat
    meta l4proto tcp redirect to :tcp dport map @ports
  }
}
`;

/**
 * Portshift and bare C in turns, as a machine changes its speed.
 * @param move moves all of them, and says how many ms that took
 */
export async function measureFloor(options: FloorOptions, move: () => Promise<number>): Promise<Floor> {
  const { backend, count, repeats } = options;
  await using forAll = await Namespace.create();
  await using forOne = await Namespace.create();
  const all = await start(forAll, 'all', options);
  const one = await start(forOne, 'one', options);
  await all.run(WARM_UP);
  const times = { portshift: [] as number[], all: [] as number[], one: [] as number[] };
  for (let round = 0; round < 2 * Math.ceil(repeats / 2); round += 1) {
    times.portshift.push((await move()) * 1000);
    times.all.push(...(await all.run(1)));
    times.one.push(median(await one.run(ONES[backend])));
  }
  const rate = (changes: number, microseconds: readonly number[]) => changes / (median(microseconds) / 1e6);
  return {
    portshift: rate(count, times.portshift),
    bare: rate(count, times.all),
    share: ratiosOf(times.all, times.portshift),
    bareOne: rate(1, times.one),
  };
}

/** Beside as many published ports as portshift has here: on iptc beside its own rules, which are copied. */
async function start(
  namespace: Namespace,
  which: 'one' | 'all',
  { backend, count, programs }: FloorOptions,
): Promise<Runner> {
  if (backend === 'nft') {
    await namespace.exec('nft', ['-f', '-'], { input: MAP });
    const args = [count, which === 'all' ? count : 1, BATCH].map(String);
    return new Runner('libmnl_round', namespace.spawn(join(programs, 'libmnl_round'), args));
  }
  const { stdout: input } = await exec('iptables-legacy-save', ['-t', 'nat']);
  await namespace.exec('iptables-legacy-restore', [], { input });
  return new Runner('libiptc_round', namespace.spawn(join(programs, 'libiptc_round'), [which]));
}
