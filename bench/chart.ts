/** A chart with logarithmic axes, drawn as SVG that needs no script and no font. */
export interface Chart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly series: readonly Series[];
}

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

const WIDTH = 860;
const HEIGHT = 440;
const LEFT = 70;
const RIGHT = 230;
const TOP = 44;
const BOTTOM = 54;
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#666666', '#000000', '#8a6d3b'];

/** 0 has no logarithm: it stands one step to the left of the smallest number above it, under its own name. */
function axis(values: readonly number[]): { place: (value: number) => number; first: number; last: number } {
  const positive = values.filter((value) => value > 0);
  const least = Math.floor(Math.log10(Math.min(...positive)));
  const last = Math.max(least + 1, Math.ceil(Math.log10(Math.max(...positive)) - 1e-9));
  const first = values.includes(0) ? least - 1 : least;
  return { place: (value) => ((value > 0 ? Math.log10(value) : first) - first) / (last - first), first, last };
}

function label(value: number): string {
  if (value >= 1e6) return `${value / 1e6}M`;
  return value >= 1e3 ? `${value / 1e3}k` : String(value);
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

export function drawChart({ title, x, y, series }: Chart): string {
  const points = series.flatMap((one) => one.points);
  const across = axis(points.map(([value]) => value));
  const up = axis(points.map(([, value]) => value));
  const px = (value: number) => LEFT + across.place(value) * (WIDTH - LEFT - RIGHT);
  const py = (value: number) => HEIGHT - BOTTOM - up.place(value) * (HEIGHT - TOP - BOTTOM);
  const parts: string[] = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="24" font-size="15" font-weight="bold">${escaped(title)}</text>`,
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 14}" text-anchor="middle">${escaped(x)}</text>`,
    `<text transform="translate(18 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle">${escaped(y)}</text>`,
  ];
  for (let power = up.first; power <= up.last; power += 1) {
    const value = 10 ** power;
    parts.push(`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${py(value)}" y2="${py(value)}" stroke="#dddddd"/>`);
    parts.push(`<text x="${LEFT - 8}" y="${py(value) + 4}" text-anchor="end">${label(value)}</text>`);
  }
  for (const value of [...new Set(points.map(([one]) => one))]) {
    parts.push(`<line x1="${px(value)}" x2="${px(value)}" y1="${TOP}" y2="${HEIGHT - BOTTOM}" stroke="#eeeeee"/>`);
    parts.push(`<text x="${px(value)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${label(value)}</text>`);
  }
  for (const [index, one] of series.entries()) {
    const color = COLORS[index % COLORS.length] ?? '#000000';
    const drawn = one.points.map(([a, b]) => `${px(a).toFixed(1)},${py(b).toFixed(1)}`);
    parts.push(`<polyline points="${drawn.join(' ')}" fill="none" stroke="${color}" stroke-width="2"/>`);
    for (const point of drawn) {
      const [cx, cy] = point.split(',');
      parts.push(`<circle cx="${cx}" cy="${cy}" r="3.5" fill="${color}"/>`);
    }
    const top = TOP + 10 + index * 20;
    parts.push(`<rect x="${WIDTH - RIGHT + 16}" y="${top - 9}" width="14" height="10" fill="${color}"/>`);
    parts.push(`<text x="${WIDTH - RIGHT + 36}" y="${top}">${escaped(one.name)}</text>`);
  }
  return `${parts.join('\n')}\n</svg>\n`;
}
