import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Chart, drawChart } from './chart';
import type { Results } from './results';
import { toMarkdown } from './table';
import { tablesOf } from './tables';
import { targetTable } from './targets';

const BEGIN = '<!-- What npm run bench has written begins here. -->';
const END = '<!-- What npm run bench has written ends here. -->';

/** Charts by the name of their file. */
function chartsOf({ swaps, pressure, dataPath }: Results): Record<string, Chart> {
  const ways = Object.keys(swaps[0]?.warm.times ?? {}).filter((way) => way !== 'no-op');
  const timesOf = (way: string, grows: 'foreign' | 'published') => {
    const still = grows === 'foreign' ? 'published' : 'foreign';
    const least = Math.min(...swaps.map((one) => one[still]));
    return swaps
      .filter((one) => one[still] === least)
      .map((one): [number, number] => [one[grows], one.warm.times[way]?.median ?? Number.NaN]);
  };
  const swapChart = (title: string, grows: 'foreign' | 'published'): Chart => ({
    title,
    x: grows === 'foreign' ? 'foreign rules' : 'published ports',
    y: 'microseconds',
    series: ways.map((name) => ({ name, points: timesOf(name, grows) })),
  });
  return {
    'moves-foreign': swapChart('A port is moved, beside foreign rules', 'foreign'),
    'moves-published': swapChart('A port is moved, beside other published ports', 'published'),
    concurrent: {
      title: 'Calls at once',
      x: 'calls at once',
      y: 'changes in one second',
      series: pressure.flatMap(({ backend, published, concurrent, floor: { bareOne, bare } }) => [
        { name: backend, points: numbers(concurrent) },
        {
          name: `${backend}, bare C`,
          points: [
            [1, bareOne],
            [published, bare],
          ],
        },
      ]),
    },
    connections: {
      title: 'A new connection from another host',
      x: 'published ports',
      y: 'microseconds',
      series: dataPath
        .filter(({ traffic }) => traffic === 'connect')
        .map(({ backend, who, times }) => ({
          name: `${backend}, ${who === 'published' ? 'published port' : 'other port'}`,
          points: Object.entries(times).map(([count, { median }]): [number, number] => [Number(count), median]),
        })),
    },
  };
}

function numbers(values: Readonly<Record<number, number>>): [number, number][] {
  return Object.entries(values).map(([key, value]) => [Number(key), value]);
}

/** The part of docs/performance.md that is measured. */
function sectionOf(results: Results): string {
  const { machine, seconds } = results;
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  const charts = Object.entries(chartsOf(results)).map(([name, { title }]) => `![${title}](performance/${name}.svg)`);
  return [
    `Measured on ${machine.date}, in ${Math.ceil(seconds / 60)} minutes, on ${machine.cores} cores of ${machine.cpu} with ${machine.memory} GB: ${versions.join(', ')}.`,
    ...charts,
    toMarkdown(targetTable(results)),
    ...tablesOf(results).map(toMarkdown),
  ].join('\n\n');
}

/** Puts the section in its place between what people have written. */
export function inserted(page: string, section: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the page has no "${BEGIN}" before "${END}"`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${section}\n\n${page.slice(end)}`;
}

/** Writes performance.json to the directory `data`; to `page` the charts, and the section in its performance.md. */
export function writeReport(results: Results, { data, page: directory }: { data: string; page: string }): void {
  const charts = join(directory, 'performance');
  mkdirSync(charts, { recursive: true });
  writeFileSync(join(data, 'performance.json'), `${JSON.stringify(results, undefined, 1)}\n`);
  for (const [name, chart] of Object.entries(chartsOf(results)))
    writeFileSync(join(charts, `${name}.svg`), drawChart(chart));
  const page = join(directory, 'performance.md');
  writeFileSync(page, inserted(readFileSync(page, 'utf8'), sectionOf(results)));
}
