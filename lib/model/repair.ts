import { type Change, UNCHANGED } from './change';
import { type Entry, entryKey, isAmong } from './entry';
import type { MarkDropRule } from './mark-drop';
import { spanOf } from './port';
import { PortIndex } from './port-index';
import { entriesOf } from './publication';

/** An entry and the state in which it is installed; see `InstalledEntry` in backends. */
export interface FoundEntry {
  readonly entry: Entry;
  readonly state: 'whole' | 'begun' | 'rest';
}

/**
 * Returns the change that completes a ruleset that a crash or another program left incomplete.
 *
 * Every change is made in IPv4 before IPv6, and the deciding rule of an entry is added before its others. So an entry
 * that is begun is completed, and an entry of which only other rules are there is removed. A published port is then
 * composed from its redirect, which carries all its options. Of two redirects of one name, which no crash leaves, one
 * counts. A closed port whose published port no longer exists stays closed by a rule of its own, unless another rule
 * closes it as well.
 */
export function* repair(found: readonly FoundEntry[]): Generator<void, Change> {
  if (yield* isInOrder(found)) return UNCHANGED;
  const wanted = new Map<string, Entry>();
  const leading = new Map<string, FoundEntry>();
  for (const one of found) {
    yield;
    if (one.state === 'rest') continue;
    const { entry } = one;
    if (entry.name === undefined) {
      wanted.set(entryKey(entry), entry);
    } else if (entry.publication !== undefined) {
      const other = leading.get(entry.name);
      if (one.state === 'begun' || other?.state !== 'begun') leading.set(entry.name, one);
    }
  }
  for (const { entry } of leading.values()) {
    yield;
    const { publication } = entry;
    for (const part of publication === undefined ? [] : entriesOf(publication)) wanted.set(entryKey(part), part);
  }
  for (const { rule } of yield* orphans(found, wanted)) wanted.set(entryKey({ rule }), { rule });
  const removed: Entry[] = [];
  for (const { entry, state } of found) {
    yield;
    const key = entryKey(entry);
    if (!wanted.has(key)) removed.push(entry);
    else if (state === 'whole') wanted.delete(key);
  }
  return { added: [...wanted.values()], removed };
}

/**
 * Returns the closing rules of published ports that are not wanted, on ports that nothing wanted closes in the same
 * way.
 */
function* orphans(found: readonly FoundEntry[], wanted: ReadonlyMap<string, Entry>): Generator<void, Entry[]> {
  const closing = { tcp: new PortIndex<Entry>(), udp: new PortIndex<Entry>() };
  for (const entry of wanted.values()) {
    yield;
    if (entry.rule.kind === 'markDrop') closing[entry.rule.protocol].add(entry.rule.port, entry);
  }
  const orphaned: Entry[] = [];
  for (const { entry, state } of found) {
    yield;
    const { rule, name } = entry;
    if (rule.kind !== 'markDrop' || name === undefined || state === 'rest') continue;
    if (!closing[rule.protocol].some(rule.port, (other) => speaksFor(other, name, rule))) orphaned.push(entry);
  }
  return orphaned;
}

/** Returns true if every entry is complete, and every published port has all of its entries and no others. */
function* isInOrder(found: readonly FoundEntry[]): Generator<void, boolean> {
  const named = new Map<string, Entry[]>();
  for (const { entry, state } of found) {
    yield;
    if (state !== 'whole') return false;
    if (entry.name === undefined) continue;
    const parts = named.get(entry.name);
    if (parts === undefined) named.set(entry.name, [entry]);
    else parts.push(entry);
  }
  for (const parts of named.values()) {
    yield;
    if (!isComplete(parts)) return false;
  }
  return true;
}

function isComplete(parts: readonly Entry[]): boolean {
  for (const { publication } of parts) {
    if (publication === undefined) continue;
    const wanted = entriesOf(publication, parts);
    return wanted.length === parts.length && wanted.every((entry) => isAmong(entry, parts));
  }
  return false;
}

/**
 * Returns true if the other entry denies everything that the rule denies, or closes the same ports for the same
 * published port.
 */
function speaksFor(other: Entry, name: string, inner: MarkDropRule): boolean {
  const outer = other.rule;
  if (outer.kind !== 'markDrop') return false;
  const [[first, last], span] = [spanOf(outer.port), spanOf(inner.port)];
  return (
    first <= span[0] &&
    last >= span[1] &&
    (outer.family === undefined || outer.family === inner.family) &&
    (other.name === name ||
      ((outer.direct === 'closed' || outer.direct === inner.direct) &&
        (outer.established === 'drop' || outer.established === inner.established)))
  );
}
