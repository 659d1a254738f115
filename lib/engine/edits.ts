import { type Change, isSameGroup, toldInSteps } from '../model/change';
import { checkArray } from '../model/check-rule';
import { type Entry, entryKey } from '../model/entry';
import { checkPublication, entriesOf, leadOf, type Publication } from '../model/publication';
import { Ruleset } from '../model/ruleset';
import type { Family } from '../model/table-rule';
import { FirewallError } from '../util/errors';
import type { Edit } from './edit';

/**
 * Publishes a port. A publication that is installed already, with equal options, changes nothing.
 * @throws FirewallError ERR_CONFLICT
 */
export function addPublication(ruleset: Ruleset, publication: Publication): void {
  const { name } = publication;
  const installed = ruleset.named(name);
  if (installed.length > 0 && !isSameGroup(installed, leadOf(publication))) throw nameTaken(name, 'name');
  ruleset.replace(name, publication);
}

/** Returns the error for a name that is in use by another publication. */
export function nameTaken(name: string, field: string): FirewallError {
  return new FirewallError(
    'ERR_CONFLICT',
    `${field}: "${name}" is published already, with other options; move, retarget or withdraw that one, or give another name`,
    { field, value: name },
  );
}

/**
 * Returns an edit that makes the ruleset hold these published ports and no other rule.
 * @param staying is filled with the names of those with `flows: 'stay'` whenever the edit runs
 * @throws FirewallError ERR_INVALID_ARGUMENT; from the edit also ERR_CONFLICT
 */
export function publishExactly(all: unknown, families: readonly Family[], staying = new Set<string>()): Edit<void> {
  const given = checkArray('published', all, 'published ports');
  return function* (ruleset) {
    const wanted: Entry[] = [];
    const names = new Set<string>();
    staying.clear();
    for (const [index, one] of given.entries()) {
      const publication = checkPublication(`published[${index}].`, one, families, staying);
      if (names.has(publication.name)) throw nameTaken(publication.name, `published[${index}].name`);
      names.add(publication.name);
      wanted.push(...entriesOf(publication));
      yield;
    }
    yield* keepOnly(ruleset, wanted);
  };
}

/** Makes the ruleset hold these entries and no others. */
export function* keepOnly(ruleset: Ruleset, wanted: readonly Entry[]): Generator<void> {
  const keys = new Set<string>();
  for (const entry of wanted) {
    keys.add(entryKey(entry));
    yield;
  }
  for (const entry of [...ruleset.entries()]) {
    if (!keys.has(entryKey(entry))) ruleset.remove(entry);
    yield;
  }
  for (const entry of wanted) {
    ruleset.add(entry);
    yield;
  }
}

/** Returns the keys of the rules before a change that is already in the ruleset. */
export function* keysBefore(ruleset: Ruleset, change: Change): Generator<void, string[]> {
  const keys = new Set<string>();
  for (const entry of ruleset.entries()) {
    keys.add(entryKey(entry));
    yield;
  }
  const { added, removed } = yield* toldInSteps(change);
  for (const entry of added) keys.delete(entryKey(entry));
  for (const entry of removed) keys.add(entryKey(entry));
  return [...keys];
}

/** Builds a ruleset from the installed entries. */
export function* loadRuleset(entries: Iterable<{ readonly entry: Entry }>): Generator<void, Ruleset> {
  const ruleset = new Ruleset();
  for (const { entry } of entries) {
    ruleset.load(entry);
    yield;
  }
  return ruleset;
}
