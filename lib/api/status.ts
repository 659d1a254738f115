import type { CountedEntry, Installed } from '../backends/backend';
import { type Copy, copiesOf, describeServed } from '../copies/copy';
import { checkSignal } from '../model/call-options';
import type { Entry } from '../model/entry';
import { checkBoolean, checkObject, type Writable } from '../model/fields';
import type { Publication } from '../model/publication';
import { STRIDE } from '../util/strides';

/** The kernel's counters of a published port. */
export interface PublishedCounters {
  /** Connections that were redirected, from outside and from the host itself, since the port or target last changed. */
  readonly connections: number;
  /** Packets that were denied on the target port. Each retry of a client counts again. */
  readonly denied: number;
}

/** A published port as it is installed, with the kernel's counters. */
export interface PublishedStatus extends Publication, PublishedCounters {
  /**
   * Lists what copies of the owner's rules do to its ports, one line per rule. Set only if `status()` was called with
   * `copies: true` and found some.
   */
  readonly copies?: readonly string[];
}

type Tally = Writable<PublishedCounters>;

type Listed = Publication & Tally;

/** Returns the status of every published port, in the order of the installed entries. */
export function* statusOf({ counted }: Installed): Generator<void, PublishedStatus[]> {
  const all: Listed[] = [];
  let byName: Map<string, Listed> | undefined;
  /** The counters of rules that come before the entry with the publication. */
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
    // Where one entry holds the whole of each published port, this lookup is never needed.
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

/** Copies field by field, which takes a quarter of the memory. */
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

/** Returns the counters of the published port of that name; undefined if there is none. */
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

/** Returns what `make` returns for each published port. */
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

/** Returns what `make` returns for each entry. */
export function* eachOf<T>({ entries }: Installed, make: (entry: Entry, packets: number) => T): Generator<void, T[]> {
  const made: T[] = [];
  for (const { entry, packets } of entries) {
    made.push(make(entry, packets));
    yield;
  }
  return made;
}

/** The options of `status()`. */
export interface StatusOptions {
  /** If true, also looks for copies that serve these ports, which reads the rules of all programs. Default false. */
  readonly copies?: boolean;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
}

export function checkStatusOptions(options: unknown): { copies: boolean; signal: AbortSignal | undefined } {
  const { copies, signal } = checkObject('status', options, ['copies', 'signal']);
  return { copies: checkBoolean('copies', copies, false), signal: checkSignal(signal) };
}

/** Returns the published ports. Those whose ports a copy redirects or closes have a line for each of its rules. */
export function withCopies(published: readonly PublishedStatus[], copies: readonly Copy[]): PublishedStatus[] {
  return published.map((one) => {
    const served = copiesOf(copies, one);
    if (served.length === 0) return one;
    return { ...one, copies: [...new Set(served.map(describeServed))] };
  });
}
