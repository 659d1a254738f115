import type { Delays } from './delays';
import { ratio } from './interleave';
import type { Results } from './results';
import type { Summary } from './statistics';
import type { SwapResult } from './swaps';
import { figure, type Table } from './table';
import { WAYS, type Way } from './ways';

const COMPARED = '4 x iptables-legacy';

export function tablesOf(results: Results): Table[] {
  return [
    ...results.swaps.flatMap((swap) => [swapTable(swap, 'warm'), swapTable(swap, 'idle')]),
    firstTable(results),
    concurrentTable(results),
    floorTable(results),
    profileTable(results),
    delayTable(results),
    readingTable(results),
    upkeepTable(results),
    ...(['connect', 'stream', 'datagrams'] as const).map((traffic) => dataPathTable(results, traffic)),
    startupTable(results),
  ];
}

const share = (value = 0) => `${(100 * value).toFixed(0)} %`;

const spread = ({ median, p10, p90, p99 }: Summary) => [median, p10, p90, p99].map(figure);

function swapTable(swap: SwapResult, when: 'warm' | 'idle'): Table {
  const measured = swap[when];
  const beside = `${swap.foreign.toLocaleString('en-US')} foreign rules, ${swap.published.toLocaleString('en-US')} published`;
  return {
    title: `A port is moved beside ${beside}${when === 'idle' ? ', after 5 ms of sleep' : ''}: microseconds`,
    head: ['', 'median', 'p10', 'p90', 'p99', 'rounds', `${COMPARED} takes times`, 'p10', 'p90'],
    rows: Object.entries(measured.times).map(([way, times]) => {
      const { median, p10, p90 } = ratio(measured, COMPARED, way);
      const name = way in WAYS ? WAYS[way as Way] : way;
      return [`${way}: ${name}`, ...spread(times), String(times.count), ...[median, p10, p90].map(figure)];
    }),
  };
}

/** Beside nothing else. */
function firstTable({ swaps: [swap] }: Results): Table {
  return {
    title: 'The first moves of a process, while Node.js is still compiling: microseconds',
    head: ['', 'median', 'p10', 'p90', 'p99', 'moves'],
    rows: Object.entries(swap?.first ?? {}).map(([way, times]) => [way, ...spread(times), String(times.count)]),
  };
}

function concurrentTable({ pressure }: Results): Table {
  const calls = Object.keys(pressure[0]?.concurrent ?? {});
  return {
    title: 'Calls at once: changes in one second, and how many times as long as one call they all took',
    head: [
      'calls at once',
      ...pressure.flatMap(({ backend }) => [`${backend}: changes/s`, `${backend}: times one call`]),
    ],
    rows: calls.map((count) => [
      Number(count).toLocaleString('en-US'),
      ...pressure.flatMap(({ concurrent, multiples }) => {
        return [concurrent[Number(count)], multiples[Number(count)]].map((value) => figure(value ?? Number.NaN));
      }),
    ]),
  };
}

function floorTable({ pressure }: Results): Table {
  return {
    title: 'Calls at once, as many as there are published ports, beside bare C in turns: changes in one second',
    head: [
      '',
      'portshift',
      'bare C',
      'portshift reaches',
      'p10',
      'p90',
      'portshift: times one call',
      'bare C: times one',
    ],
    rows: pressure.map(({ backend, published, multiples, floor }) => {
      const { portshift, bare, share: reached, bareOne } = floor;
      const times = [multiples[published] ?? Number.NaN, (bareOne * published) / bare];
      return [
        backend,
        ...[portshift, bare].map(figure),
        ...[reached.median, reached.p10, reached.p90].map(share),
        ...times.map(figure),
      ];
    }),
  };
}

function delayTable({ pressure }: Results): Table {
  return {
    title: 'Event loop: the longest delay in each of several runs, and the longest collection of garbage: milliseconds',
    head: ['', 'delay: median', 'p10', 'p90', 'collection: median', 'p10', 'p90', 'runs'],
    rows: pressure.flatMap(({ backend, published, delay, caller }) => {
      const count = published.toLocaleString('en-US');
      const row = (what: string, { longest, collection }: Delays) => {
        const figures = [longest, collection].flatMap(({ median, p10, p90 }) => [median, p10, p90]);
        return [`${backend}: ${what}`, ...figures.map(figure), String(longest.count)];
      };
      return [
        row('an idle process', delay.nothing),
        row(`one port moves ${count} times`, delay.sequence),
        row('without portshift, as many calls answered by setImmediate()', caller.sequence),
        row(`${count} ports move`, delay.changes),
        row('without portshift, as many calls at once answered by setImmediate()', caller.changes),
        row(`${count} ports are listed`, delay.list),
        row('without portshift, as many objects made', caller.list),
      ];
    }),
  };
}

function profileTable({ pressure }: Results): Table {
  const parts = new Set(pressure.flatMap(({ profile }) => Object.keys(profile)));
  return {
    title: "Calls at once, as many as there are published ports: where the event loop's time goes",
    head: ['', ...pressure.map(({ backend }) => backend)],
    rows: [...parts].map((part) => [part, ...pressure.map(({ profile }) => share(profile[part]))]),
  };
}

function readingTable({ pressure }: Results): Table {
  return {
    title: 'Listing all published ports, and opening a firewall of another owner: milliseconds',
    head: ['', 'published', 'list: median', 'p90', 'open: median', 'p90'],
    rows: pressure.map(({ backend, published, list, open }) => [
      backend,
      published.toLocaleString('en-US'),
      ...[list.median, list.p90, open.median, open.p90].map(figure),
    ]),
  };
}

function upkeepTable({ upkeep }: Results): Table {
  return {
    title: 'Memory and processor time',
    head: ['', 'foreign rules', 'changes', 'resident before, MB', 'after, MB', 'processor time a change, ms'],
    rows: upkeep.map(({ backend, foreign, changes, before, after, cpu }) => {
      return [
        backend,
        ...[foreign, changes].map((one) => one.toLocaleString('en-US')),
        ...[before, after, cpu].map(figure),
      ];
    }),
  };
}

const TRAFFIC = {
  connect: 'A new connection from another host: microseconds',
  stream: '64 KiB on an established TCP connection from another host: microseconds',
  datagrams: 'A datagram of an established UDP flow from another host: microseconds',
};

function dataPathTable({ dataPath }: Results, traffic: keyof typeof TRAFFIC): Table {
  const mine = dataPath.filter((one) => one.traffic === traffic);
  const counts = Object.keys(mine[0]?.times ?? {});
  return {
    title: TRAFFIC[traffic],
    head: ['', ...counts.flatMap((count) => [`${Number(count).toLocaleString('en-US')} published`, 'times one'])],
    rows: mine.map(({ backend, who, times, ratios }) => [
      `${backend}, ${who === 'published' ? 'published port' : 'other port'}`,
      ...counts.flatMap((count) => {
        return [times[Number(count)]?.median, ratios[Number(count)]?.median].map((one) => figure(one ?? Number.NaN));
      }),
    ]),
  };
}

function startupTable({ startup }: Results): Table {
  const row = (name: string, summary: Summary) => [name, ...spread(summary)];
  return {
    title: 'Processes: milliseconds',
    head: ['', 'median', 'p10', 'p90', 'p99'],
    rows: [
      row("import 'portshift'", startup.load),
      row('node -e 0, a process that does nothing', startup.nothing),
      ...Object.entries(startup.list).map(([backend, summary]) => row(`portshift list --backend ${backend}`, summary)),
    ],
  };
}
