import type { InstalledEntry } from './backends/backend';
import type { Entry } from './rules/entry';
import type { Publication } from './rules/publication';
import { collected } from './slices';

export interface PublishedCounters {
  /** Connections that were redirected, from outside and from the host itself, since the port or target last changed. */
  readonly connections: number;
  /** Packets that were denied on the target port; a client that tries again counts again. */
  readonly denied: number;
}

/** A published port as it is installed, with what the kernel counted. */
export interface PublishedStatus extends Publication, PublishedCounters {}

type Tally = { -readonly [Key in keyof PublishedCounters]: PublishedCounters[Key] };

/** Of every published port, in the order in which they are first met. */
export function* statusOf(entries: Iterable<InstalledEntry>): Generator<void, PublishedStatus[]> {
  const byName = new Map<string, Publication & Tally>();
  /** What was counted by rules that come before the one that says what is published. */
  const early: InstalledEntry[] = [];
  for (const installed of entries) {
    yield;
    const { name } = installed.entry;
    if (name === undefined) continue;
    let status = byName.get(name);
    const publication = status === undefined ? installed.entry.publication : undefined;
    if (publication !== undefined) {
      status = tallied(publication);
      byName.set(name, status);
    }
    if (installed.packets === 0) continue;
    if (status === undefined) early.push(installed);
    else count(status, installed);
  }
  for (const installed of early) {
    const status = byName.get(installed.entry.name ?? '');
    if (status !== undefined) count(status, installed);
    yield;
  }
  return yield* collected(byName.values());
}

/** It is filled in, not copied: what lives on is what garbage collection takes its time for. */
function tallied(publication: Publication): Publication & Tally {
  const status = publication as Publication & Partial<Tally>;
  status.connections = 0;
  status.denied = 0;
  return status as Publication & Tally;
}

/** Of the published port of that name; undefined where there is none. */
export function* countersOf(
  name: string,
  entries: Iterable<InstalledEntry>,
): Generator<void, PublishedCounters | undefined> {
  let tally: Tally | undefined;
  for (const installed of entries) {
    yield;
    if (installed.entry.name !== name) continue;
    tally ??= { connections: 0, denied: 0 };
    count(tally, installed);
  }
  return tally;
}

function count(tally: Tally, { entry, packets }: InstalledEntry): void {
  if (entry.rule.kind === 'markDrop') tally.denied += packets;
  else tally.connections += packets;
}

/** What `make` makes of each entry; what it leaves undefined is left out. */
export function* eachOf<T>(
  entries: Iterable<InstalledEntry>,
  make: (entry: Entry, packets: number) => T | undefined,
): Generator<void, T[]> {
  const made: T[] = [];
  for (const { entry, packets } of entries) {
    const one = make(entry, packets);
    if (one !== undefined) made.push(one);
    yield;
  }
  return made;
}
