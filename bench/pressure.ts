import { Session } from 'node:inspector/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BackendName, Firewall, PublishedPort } from '../lib';
import { type Delays, delaysOf } from './delays';
import { type Floor, type FloorOptions, measureFloor } from './floor';
import { inHandfuls } from './handfuls';
import { openFirewall } from './portshift';
import { profileOf } from './profile';
import { type Summary, summaryOf } from './statistics';
import { surround } from './surroundings';

/** What one backend does with many changes, many published ports and many foreign rules, in a namespace of its own. */
export interface Pressure {
  readonly backend: BackendName;
  readonly published: number;
  /** Changes in one second, by how many calls are made at once. */
  readonly concurrent: Readonly<Record<number, number>>;
  /** What so many calls at once took as multiples of one call, by how many they are. */
  readonly multiples: Readonly<Record<number, number>>;
  readonly floor: Floor;
  /** Milliseconds. */
  readonly open: Summary;
  readonly list: Summary;
  readonly delay: Readonly<Record<'nothing' | 'sequence' | 'changes' | 'list', Delays>>;
  /** Where the event loop's time goes while as many calls as possible are made at once: shares by part. */
  readonly profile: Readonly<Record<string, number>>;
}

export interface Upkeep {
  readonly backend: BackendName;
  readonly foreign: number;
  readonly changes: number;
  /** Resident memory, MB. */
  readonly before: number;
  readonly after: number;
  /** Milliseconds of processor time in one change, in the process and in the kernel for it. */
  readonly cpu: number;
}

const FAMILIES = ['ipv4'] as const;

const published = (count: number) =>
  Array.from({ length: count }, (_, index) => {
    return { name: `p${index}`, port: 1_024 + 2 * index, targetPort: 40_000 + index };
  });

/** Rounds of all of them there and back, before anything is measured. */
const WARM_UP = 2;

/** There, and at the next call back. */
function moveAll(ports: readonly PublishedPort[], count: number, step: number): Promise<unknown> {
  const calls: Promise<unknown>[] = [];
  for (let index = 0; index < count; index += 1) {
    const web = ports[index];
    if (web !== undefined) calls.push(web.move(1_024 + 2 * index + step));
  }
  return Promise.all(calls);
}

/** Milliseconds. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

export type PressureOptions = FloorOptions;

export async function measurePressure(options: PressureOptions): Promise<Pressure> {
  const { backend, count, repeats } = options;
  const firewall = await openFirewall({ backend, families: FAMILIES });
  const sequence = await delayOfSequence(firewall, count, repeats);
  await firewall.publishAll(published(count));
  const ports = await inOrder(firewall);
  const concurrent: Record<number, number> = {};
  const multiples: Record<number, number> = {};
  let step = 0;
  const move = (calls: number) => {
    step = 1 - step;
    return timed(() => moveAll(ports, calls, step));
  };
  for (let round = 0; round < 2 * WARM_UP; round += 1) await move(count);
  let alone = Number.NaN;
  for (let calls = 1; calls <= count; calls *= 10) {
    const times: number[] = [];
    const rounds = calls === 1 ? 10 * repeats : repeats;
    for (let round = 0; round < 2 * Math.ceil(rounds / 2); round += 1) times.push(await move(calls));
    const { median } = summaryOf(times);
    if (calls === 1) alone = median;
    concurrent[calls] = calls / (median / 1000);
    multiples[calls] = median / alone;
  }
  const floor = await measureFloor(options, () => move(count));
  const profile = await profileOf(async () => {
    for (let round = 0; round < 2 * Math.ceil(repeats / 2); round += 1) await move(count);
  });
  const delay = {
    nothing: await delaysOf(repeats, () => sleep(500)),
    sequence,
    changes: await delaysOf(repeats, () => {
      step = 1 - step;
      return inHandfuls(ports, (web, index) => web.move(1_024 + 2 * index + step));
    }),
    list: await delaysOf(repeats, () => firewall.status()),
  };
  const list: number[] = [];
  const open: number[] = [];
  for (let round = 0; round < repeats; round += 1) list.push(await timed(() => firewall.status()));
  for (let round = 0; round < repeats; round += 1) {
    open.push(
      await timed(async () => {
        const other = await openFirewall({ backend, families: FAMILIES, owner: 'other' });
        await other.close();
      }),
    );
  }
  await firewall.close();
  return {
    backend,
    published: count,
    concurrent,
    multiples,
    floor,
    open: summaryOf(open),
    list: summaryOf(list),
    delay,
    profile,
  };
}

/** The longest delays while one port moves so many times, one move after the other; those before it are not measured. */
async function delayOfSequence(firewall: Firewall, count: number, repeats: number): Promise<Delays> {
  const web = await firewall.publish({ name: 'web', port: 8_445, targetPort: 8_443 });
  const moves = async () => {
    for (let round = 0; round < count; round += 1) await web.move(round % 2 === 0 ? 8_446 : 8_445);
  };
  await moves();
  return delaysOf(repeats, moves);
}

/** In the order of their numbers, with the names of `published`. */
async function inOrder(firewall: Firewall): Promise<PublishedPort[]> {
  const all = await firewall.published();
  return all.sort((a, b) => Number(a.name.slice(1)) - Number(b.name.slice(1)));
}

export interface UpkeepOptions {
  readonly backend: 'nft' | 'iptc';
  readonly foreign: number;
  readonly changes: number;
}

export async function measureUpkeep({ backend, foreign, changes }: UpkeepOptions): Promise<Upkeep> {
  surround(`portshift ${backend}`, { foreign, published: 1 });
  const firewall = await openFirewall({ backend, families: FAMILIES });
  const web = await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
  const moves = async (count: number) => {
    for (let round = 0; round < count; round += 1) await web.move(round % 2 === 0 ? 8446 : 8445);
  };
  await moves(20);
  const before = await resident();
  const { user, system } = process.cpuUsage();
  await moves(changes);
  const used = process.cpuUsage({ user, system });
  const after = await resident();
  await firewall.close();
  return { backend, foreign, changes, before, after, cpu: (used.user + used.system) / 1000 / changes };
}

/**
 * After a collection as V8 makes one where memory is short, and a moment for the allocator to give back what is free. An
 * ordinary one keeps the room that the young generation has grown to, up to 33 MB that nothing is in.
 */
async function resident(): Promise<number> {
  const session = new Session();
  session.connect();
  for (let round = 0; round < 3; round += 1) {
    await session.post('HeapProfiler.collectGarbage');
    await sleep(100);
  }
  session.disconnect();
  return process.memoryUsage.rss() / 1e6;
}
