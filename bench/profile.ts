import { Session } from 'node:inspector/promises';
import { join, sep } from 'node:path';

const DIST = join(__dirname, '..', 'dist') + sep;

/** Parts of portshift, by what the names of their files begin with; the first that fits. */
const PARTS: readonly (readonly [string, readonly string[]])[] = [
  ['checking the call, and finding conflicts', ['published-port', 'run-edits', 'ahead', 'rules/', 'plan/conflict']],
  ['the ruleset and its indices', ['plan/ruleset', 'plan/entry-map', 'plan/steady-map', 'plan/port-', 'plan/change']],
  ['answering: journal, receipts', ['conclude', 'receipt', 'plan/journal']],
  ['planning', ['plan/']],
  ['writing it down, crossing, and waiting briefly', ['backends/', 'tables/']],
  ['putting calls together, and letting others in', ['']],
];

const OUTSIDE = 'Node.js, and the caller';

/** Of frames that are no function. */
const SPECIAL: Readonly<Record<string, string>> = {
  '(garbage collector)': 'garbage collection',
  '(idle)': 'waiting for the kernel',
};

/** How often the event loop's thread is looked at, in microseconds. */
const INTERVAL = 200;

/** The shares of the event loop's time while `work` runs, by part, the greatest first; together 1. */
export async function profileOf(work: () => Promise<unknown>): Promise<Record<string, number>> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: INTERVAL });
  await session.post('Profiler.start');
  await work();
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const times = new Map<string, number>();
  let total = 0;
  for (const [index, id] of (profile.samples ?? []).entries()) {
    const frame = frames.get(id);
    const time = profile.timeDeltas?.[index] ?? 0;
    const part = frame === undefined ? OUTSIDE : partOf(frame.functionName, frame.url);
    times.set(part, (times.get(part) ?? 0) + time);
    total += time;
  }
  const shares = [...times].map(([part, time]): [string, number] => [part, time / total]);
  return Object.fromEntries(shares.sort(([, a], [, b]) => b - a));
}

/** What a function belongs to, by its name and the address of its file. */
export function partOf(name: string, url: string): string {
  const special = SPECIAL[name];
  if (special !== undefined) return special;
  const file = url.replace('file://', '');
  if (!file.startsWith(DIST)) return OUTSIDE;
  const inside = file.slice(DIST.length);
  return PARTS.find(([, beginnings]) => beginnings.some((beginning) => inside.startsWith(beginning)))?.[0] ?? OUTSIDE;
}
