import Table from 'cli-table3';
import type { Cell, Matrix } from '../../test/support/probe-matrix';

/** No lines between the rows. */
const CHARS = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
const COLOURS = { green: 32, red: 31, dim: 2, bold: 1 } as const;

const coloured = process.env['NO_COLOR'] === undefined && process.stdout.isTTY;

export function paint(colour: keyof typeof COLOURS, text: string): string {
  return coloured ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text;
}

/** Places down, ports across; what is not as expected says what was. */
export function drawMatrix({ places, targets, cells }: Matrix): string {
  const table = new Table({
    head: ['from', 'to', ...targets.map(({ port }) => `port ${port}`)].map((text) => paint('bold', text)),
    chars: CHARS,
    style: { head: [], border: [] },
  });
  for (const [index, place] of places.entries()) {
    const row = cells.slice(index * targets.length, (index + 1) * targets.length);
    table.push([place.from === 'host' ? 'the host itself' : place.from, place.address, ...row.map(draw)]);
  }
  return table.toString();
}

function draw({ expected, actual }: Cell): string {
  if (expected === actual) return paint(actual.startsWith('open') ? 'green' : 'dim', words(actual));
  return paint('red', `${words(actual)}, not ${words(expected)}`);
}

function words(outcome: string): string {
  if (outcome === 'timeout') return 'no answer';
  return outcome.replace(/^open /, '');
}
