/** How often something took how long, by bucket; the bounds of the buckets grow by 2 %. Survives JSON. */
export type Latencies = Record<number, number>;

const GROWTH = Math.log(1.02);

export function addLatency(latencies: Latencies, ms: number): void {
  const bucket = Math.round(Math.log(Math.max(ms, 0.001)) / GROWTH);
  latencies[bucket] = (latencies[bucket] ?? 0) + 1;
}

export function mergeLatencies(into: Latencies, from: Latencies): void {
  for (const [bucket, count] of Object.entries(from)) into[Number(bucket)] = (into[Number(bucket)] ?? 0) + count;
}

/** In ms, to 1 %; undefined where nothing was measured. */
export function percentile(latencies: Latencies, percent: number): number | undefined {
  const buckets = Object.entries(latencies)
    .map(([bucket, count]) => [Number(bucket), count] as const)
    .sort(([a], [b]) => a - b);
  let left = (buckets.reduce((sum, [, count]) => sum + count, 0) * percent) / 100;
  for (const [bucket, count] of buckets) {
    left -= count;
    if (left <= 0) return Math.exp(bucket * GROWTH);
  }
  return undefined;
}
