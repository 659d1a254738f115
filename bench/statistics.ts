/** What a series of measurements comes to. */
export interface Summary {
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
  readonly p99: number;
  readonly count: number;
}

/** Between the two nearest values, in proportion. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = part * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)] ?? Number.NaN, sorted[Math.ceil(place)] ?? Number.NaN];
  return low + (high - low) * (place - Math.floor(place));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function summaryOf(values: readonly number[]): Summary {
  const [middle, p10, p90, p99] = [0.5, 0.1, 0.9, 0.99].map((part) => quantile(values, part)) as [
    number,
    number,
    number,
    number,
  ];
  return { median: middle, p10, p90, p99, count: values.length };
}

/** How many times as long `those` took as `these`, pair by pair: the two of one round lie side by side in time. */
export function ratiosOf(those: readonly number[], these: readonly number[]): Summary {
  return summaryOf(those.map((value, round) => value / (these[round] ?? Number.NaN)));
}
