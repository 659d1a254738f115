import type { CountedEntry, Installed } from './backends/backend';
import type { Entry } from './rules/entry';
import type { Writable } from './rules/fields';
import type { Publication } from './rules/publication';
import { collected } from './slices';

/** What the kernel counted for a published port. */
export interface PublishedCounters {
  /** Connections that were redirected, from outside and from the host itself, since the port or target last changed. */
  readonly connections: number;
  /** Packets that were denied on the target port; a client that tries again counts again. */
  readonly denied: number;
}

/** A published port as it is installed, with what the kernel counted. */
export interface PublishedStatus extends Publication, PublishedCounters {}

type Tally = Writable<PublishedCounters>;

/** Of every published port, in the order in which they are first met. */
export function* statusOf({ counted }: Installed): Generator<void, PublishedStatus[]> {
  const byName = new Map<string, Publication & Tally>();
  /** What was counted by rules that come before the one that says what is published. */
  const early: CountedEntry[] = [];
  for (const one of counted) {
    yield;
    const { name, publication } = one.entry;
    if (name === undefined) continue;
    const known = byName.get(name);
    if (known !== undefined) count(known, one);
    else if (publication !== undefined) {
      byName.set(name, tallied(publication, one));
    } else early.push(one);
  }
  for (const one of early) {
    const status = byName.get(one.entry.name ?? '');
    if (status !== undefined) count(status, one);
    yield;
  }
  return yield* collected(byName.values());
}

/** Field by field: that takes up a quarter of the room. */
function tallied(publication: Publication, { connections, denied }: CountedEntry): Publication & Tally {
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
  for (const one of counted) {
    yield;
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
  for (const { entry } of counted) {
    if (entry.publication !== undefined) made.push(make(entry.publication));
    yield;
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
