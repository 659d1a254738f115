import { ratio } from './interleave';
import type { Results } from './results';
import { median } from './statistics';
import type { SwapResult } from './swaps';
import { figure, type Table } from './table';

interface Target {
  readonly what: string;
  readonly wanted: number;
  readonly measured: number;
  /** What is wanted is the most that it may be, or the least. */
  readonly bound: 'most' | 'least';
  readonly unit?: string;
}

/** What portshift is to reach, and what the run has measured; what the run has left out is left out. */
function targetsOf(results: Results): Target[] {
  return [
    ...results.swaps.filter(({ published }) => published === 1).flatMap(swapTargets),
    ...growthTargets(results.swaps),
    ...pressureTargets(results),
    ...dataPathTargets(results),
    ...results.upkeep.map(({ backend, before, after }): Target => {
      return {
        what: `${backend}: resident memory after the changes, beyond before`,
        wanted: 10,
        measured: after - before,
        bound: 'most',
        unit: 'MB',
      };
    }),
    { what: "import 'portshift'", wanted: 25, measured: results.startup.load.median, bound: 'most', unit: 'ms' },
    {
      what: "native addons loaded by import 'portshift'",
      wanted: 0,
      measured: results.startup.addons,
      bound: 'most',
    },
    ...Object.entries(results.startup.list).map(([backend, { median: measured }]): Target => {
      return {
        what: `portshift list --backend ${backend}, as a process`,
        wanted: 150,
        measured,
        bound: 'most',
        unit: 'ms',
      };
    }),
  ];
}

export function targetTable(results: Results): Table {
  return {
    title: 'Targets',
    head: ['', 'target', 'measured', ''],
    rows: targetsOf(results).map(({ what, wanted, measured, bound, unit = '' }) => {
      const met = bound === 'most' ? measured <= wanted : measured >= wanted;
      const sign = bound === 'most' ? 'at most' : 'at least';
      return [
        what,
        `${sign} ${figure(wanted)} ${unit}`.trim(),
        `${figure(measured)} ${unit}`.trim(),
        met ? 'met' : 'not met',
      ];
    }),
  };
}

/** How many times faster than four processes of iptables-legacy iptc is to be, by foreign rules. */
const IPTC_GAINS: Readonly<Record<number, number>> = { 0: 70, 100: 35, 1000: 10, 10000: 4 };

function swapTargets({ foreign, warm }: SwapResult): Target[] {
  const beside = `beside ${foreign.toLocaleString('en-US')} foreign rules`;
  const faster = (way: string) => ratio(warm, '4 x iptables-legacy', way).median;
  const times = (way: string) => warm.rounds[way] ?? [];
  const floors = times('libmnl in C').map((floor, round) => floor + (times('no-op')[round] ?? Number.NaN));
  const aboveFloor = median(times('portshift nft').map((one, round) => one / (floors[round] ?? Number.NaN)));
  const targets: Target[] = [
    {
      what: `nft ${beside}: times faster than 4 x iptables-legacy`,
      wanted: 150,
      measured: faster('portshift nft'),
      bound: 'least',
    },
    {
      what: `nft ${beside}: times the bare batch and a no-op trip together`,
      wanted: 2,
      measured: aboveFloor,
      bound: 'most',
    },
  ];
  const gain = IPTC_GAINS[foreign];
  if (gain !== undefined) {
    targets.push({
      what: `iptc ${beside}: times faster than 4 x iptables-legacy`,
      wanted: gain,
      measured: faster('portshift iptc'),
      bound: 'least',
    });
  }
  if (foreign >= 1_000) {
    const cycle = ratio(warm, 'portshift iptc', 'libiptc in C').median;
    targets.push({
      what: `iptc ${beside}: times the bare cycle of libiptc`,
      wanted: 1.15,
      measured: cycle,
      bound: 'most',
    });
  }
  return targets;
}

function growthTargets(swaps: readonly SwapResult[]): Target[] {
  const first = swaps.find(({ foreign, published }) => foreign === 0 && published === 1);
  // Minutes lie between one of these and another, and the machine may have another speed by then: trips through the
  // thread pool, which know nothing of rules, were run in turns with the moves.
  const time = (swap: SwapResult | undefined) =>
    swap === undefined ? Number.NaN : ratio(swap.warm, 'portshift nft', 'no-op').median;
  const grown = swaps.filter(({ foreign, published }) => Math.max(foreign, published) === 10_000);
  return grown.map((swap) => ({
    what: `nft beside ${swap.foreign.toLocaleString('en-US')} foreign rules and ${swap.published.toLocaleString('en-US')} published ports: times alone, both in no-op trips`,
    wanted: 1.5,
    measured: time(swap) / time(first),
    bound: 'most',
  }));
}

const MOST_CALLS = 10_000;

function pressureTargets({ pressure }: Results): Target[] {
  return pressure.flatMap(({ backend, concurrent, multiples, delay, published }): Target[] => {
    const calls = `${backend}: ${MOST_CALLS.toLocaleString('en-US')} calls at once`;
    const [rate, multiple] = [concurrent[MOST_CALLS], multiples[MOST_CALLS]];
    const shared: Target[] = [];
    if (backend === 'nft' && rate !== undefined) {
      shared.push({ what: `${calls}, changes in one second`, wanted: 300_000, measured: rate, bound: 'least' });
    } else if (multiple !== undefined) {
      shared.push({ what: `${calls}, times one call`, wanted: 3, measured: multiple, bound: 'most' });
    }
    const ports = `${published.toLocaleString('en-US')} ports`;
    return [
      ...shared,
      {
        what: `${backend}: longest delay of the event loop while one port moves ${published.toLocaleString('en-US')} times`,
        wanted: 2,
        measured: delay.sequence.longest.median,
        bound: 'most',
        unit: 'ms',
      },
      {
        what: `${backend}: longest delay of the event loop while ${ports} move`,
        wanted: 2,
        measured: delay.changes.longest.median,
        bound: 'most',
        unit: 'ms',
      },
      {
        what: `${backend}: longest delay of the event loop while ${ports} are listed`,
        wanted: 2,
        measured: delay.list.longest.median,
        bound: 'most',
        unit: 'ms',
      },
    ];
  });
}

function dataPathTargets({ dataPath }: Results): Target[] {
  return dataPath.flatMap(({ backend, traffic, who, ratios }): Target[] => {
    const most = Math.max(...Object.keys(ratios).map(Number));
    const measured = ratios[most]?.median ?? Number.NaN;
    const where = `${backend}, ${who === 'published' ? 'published port' : 'other port'}, ${most.toLocaleString('en-US')} published`;
    if (traffic === 'connect') {
      return [
        {
          what: `${where}: a connection, times one published`,
          wanted: backend === 'nft' ? 1.1 : 1.5,
          measured,
          bound: 'most',
        },
      ];
    }
    const unit = traffic === 'stream' ? 'throughput of a connection' : 'packets a second of a flow';
    return [{ what: `${where}: ${unit}, times one published`, wanted: 0.97, measured: 1 / measured, bound: 'least' }];
  });
}
