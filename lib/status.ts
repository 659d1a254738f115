import type { CountedEntry, Installed } from './backends/backend';
import { STRIDE } from './plan/strides';
import type { Entry } from './rules/entry';
import type { Writable } from './rules/fields';
import type { Publication } from './rules/publication';

/** What the kernel counted for a published port. */
export interface PublishedCounters {
  /** Connections that were redirected, from outside and from the host itself, since the port or target last changed. */
  readonly connections: number;
  /** Packets that were denied on the target port; a client that tries again counts again. */
  readonly denied: number;
}

/** A published port as it is installed, with what the kernel counted. */
export interface PublishedStatus extends Publication, PublishedCounters {
  /**
   * What copies of the owner's rules do to its ports, a line for each of their rules. There only where `status()` was told to
   * look for them and has found some.
   */
  readonly copies?: readonly string[];
}

type Tally = Writable<PublishedCounters>;

type Listed = Publication & Tally;

/** Of every published port, in the order in which they are first met. */
export function* statusOf({ counted }: Installed): Generator<void, PublishedStatus[]> {
  const all: Listed[] = [];
  let byName: Map<string, Listed> | undefined;
  /** What was counted by rules that come before the one that says what is published. */
  const early: CountedEntry[] = [];
  let steps = 0;
  for (const one of counted) {
    steps += 1;
    if (steps % STRIDE === 0) yield;
    const { name, publication } = one.entry;
    if (name === undefined) continue;
    if (publication !== undefined) {
      const listed = tallied(publication, one);
      all.push(listed);
      byName?.set(name, listed);
      continue;
    }
    // Where all of a published port is in one entry, nothing is ever looked up.
    byName ??= yield* namesOf(all);
    const known = byName.get(name);
    if (known !== undefined) count(known, one);
    else if (one.connections > 0 || one.denied > 0) early.push({ ...one });
  }
  for (const one of early) {
    const listed = byName?.get(one.entry.name ?? '');
    if (listed !== undefined) count(listed, one);
    yield;
  }
  return all;
}

function* namesOf(all: readonly Listed[]): Generator<void, Map<string, Listed>> {
  const byName = new Map<string, Listed>();
  for (const listed of all) {
    byName.set(listed.name, listed);
    yield;
  }
  return byName;
}

/** Field by field: that takes up a quarter of the room. */
function tallied(publication: Publication, { connections, denied }: CountedEntry): Listed {
  const { name, protocol, port, targetPort, direct, deny, established, loopback } = publication;
  const { destination, interface: from, targetAddress, family } = publication;
  const status: Writable<PublishedStatus> =
    family === undefined
      ? { name, protocol, port, targetPort, direct, deny, established, loopback, connections, denied }
      : { name, protocol, port, targetPort, direct, deny, established, loopback, family, connections, denied };
  if (destination !== undefined) status.destination = destination;
  if (from !== undefined) status.interface = from;
  if (targetAddress !== undefined) status.targetAddress = targetAddress;
  return status;
}

/** Of the published port of that name; undefined where there is none. */
export function* countersOf(name: string, { counted }: Installed): Generator<void, PublishedCounters | undefined> {
  let tally: Tally | undefined;
  let steps = 0;
  for (const one of counted) {
    steps += 1;
    if (steps % STRIDE === 0) yield;
    if (one.entry.name !== name) continue;
    tally ??= { connections: 0, denied: 0 };
    count(tally, one);
  }
  return tally;
}

function count(tally: Tally, { connections, denied }: CountedEntry): void {
  tally.connections += connections;
  tally.denied += denied;
}

/** What `make` makes of each published port. */
export function* eachPublished<T>({ counted }: Installed, make: (publication: Publication) => T): Generator<void, T[]> {
  const made: T[] = [];
  let steps = 0;
  for (const { entry } of counted) {
    if (entry.publication !== undefined) made.push(make(entry.publication));
    steps += 1;
    if (steps % STRIDE === 0) yield;
  }
  return made;
}

/** What `make` makes of each entry. */
export function* eachOf<T>({ entries }: Installed, make: (entry: Entry, packets: number) => T): Generator<void, T[]> {
  const made: T[] = [];
  for (const { entry, packets } of entries) {
    made.push(make(entry, packets));
    yield;
  }
  return made;
}
