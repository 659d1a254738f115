import type { Entry } from '../rules/entry';
import { entryKey } from '../rules/entry';
import { entriesOf, publicationOf } from '../rules/publication';
import type { Change } from './change';

/** An entry as far as it is installed; see `InstalledEntry` in backends. */
export interface FoundEntry {
  readonly entry: Entry;
  readonly state: 'whole' | 'begun' | 'rest';
}

/**
 * What makes a ruleset whole that a crash or a foreign hand left in pieces.
 *
 * Every change goes through IPv4 before IPv6, and the deciding rule of an entry goes in before its others: an entry
 * that is begun is completed, one of which only the rest is there is removed. A published port is then put together
 * from its redirect, which carries all its options; of two redirects of one name the begun one is the newer.
 */
export function* repair(found: readonly FoundEntry[]): Generator<void, Change> {
  const wanted = new Map<string, Entry>();
  const leading = new Map<string, FoundEntry>();
  for (const one of found) {
    yield;
    if (one.state === 'rest') continue;
    const { entry } = one;
    if (entry.name === undefined) {
      wanted.set(entryKey(entry), entry);
    } else if (publicationOf(entry) !== undefined) {
      const other = leading.get(entry.name);
      if (other === undefined || (one.state === 'begun' && other.state === 'whole')) leading.set(entry.name, one);
    }
  }
  for (const { entry } of leading.values()) {
    yield;
    const publication = publicationOf(entry);
    for (const part of publication === undefined ? [] : entriesOf(publication)) wanted.set(entryKey(part), part);
  }
  const removed: Entry[] = [];
  for (const { entry, state } of found) {
    yield;
    const key = entryKey(entry);
    if (!wanted.has(key)) removed.push(entry);
    else if (state === 'whole') wanted.delete(key);
  }
  return { added: [...wanted.values()], removed };
}
