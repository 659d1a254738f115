import type { Installed } from '../backends/backend';
import type { Change } from '../model/change';
import { type Entry, entryKey } from '../model/entry';
import { type FoundEntry, repair } from '../model/repair';
import { Ruleset } from '../model/ruleset';

/** The entries that a read of the kernel found missing. */
export interface Loss {
  readonly entries: readonly Entry[];
  /** Descriptions of what differs from what portshift installs. */
  readonly damage: readonly string[];
}

/** The keys of the entries that a repair removes and adds. */
export interface RepairKeys {
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/**
 * The entries that should be installed, as far as this can be determined: those that this process has committed, and
 * any others that it finds complete.
 *
 * Every portshift process leaves a complete ruleset, so an incomplete one is the work of another program (or of a
 * crash). A complete ruleset counts as the work of another portshift process, with one exception: other programs also
 * leave an empty one, so it counts as a loss unless a portshift process has announced it.
 */
export class GroundTruth {
  #entries = new Map<string, Entry>();
  /** Entries that are missing and do not count as withdrawn. */
  readonly #owed = new Map<string, Entry>();
  /** The keys of entries that other processes have installed in place of missing ones. */
  readonly #makeshift = new Set<string>();

  /** All entries that should be installed. */
  get entries(): ReadonlyMap<string, Entry> {
    return this.#entries;
  }

  /** Records a change that this process has committed. */
  commit({ added, removed }: Change): void {
    for (const entry of removed) this.#forget(entryKey(entry));
    for (const entry of added) this.#entries.set(entryKey(entry), entry);
  }

  /**
   * Records that another process found incomplete rules, removes what is left of them, and installs others in their
   * place.
   */
  owe({ removed, added }: RepairKeys): void {
    const names = new Set(removed.map((key) => this.#entries.get(key)?.name));
    for (const [key, entry] of this.#entries) {
      if (removed.includes(key) || (entry.name !== undefined && names.has(entry.name))) this.#owed.set(key, entry);
    }
    for (const key of added) if (!this.#entries.has(key)) this.#makeshift.add(key);
  }

  /**
   * Compares what is installed with what should be, and returns what is missing.
   * @param announced true if a portshift process has announced that it removes everything
   */
  *judge({ entries, damage }: Pick<Installed, 'entries' | 'damage'>, announced: boolean): Generator<void, Loss> {
    const whole = new Map<string, Entry>();
    let isWhole = damage.length === 0;
    for (const { entry, state } of entries) {
      if (state === 'whole') whole.set(entryKey(entry), entry);
      else isWhole = false;
      yield;
    }
    this.#settle(whole, announced);
    if (isWhole && (whole.size > 0 || announced)) {
      this.#entries = whole;
      for (const key of this.#makeshift) this.#entries.delete(key);
      for (const [key, entry] of this.#owed) this.#entries.set(key, entry);
      return { entries: [...this.#owed.values()], damage };
    }
    for (const [key, entry] of whole) this.#entries.set(key, entry);
    const gone = [...this.#entries].filter(([key]) => !whole.has(key));
    return { entries: gone.map(([, entry]) => entry), damage };
  }

  /**
   * Plans the change that installs what should be there. Entries that other portshift processes have installed in place
   * of lost ones stay, and the lost ones are then no longer expected.
   */
  *mend(all: readonly FoundEntry[]): Generator<void, Change> {
    const isMakeshift = ({ entry }: FoundEntry) => this.#makeshift.has(entryKey(entry));
    const found = all.filter((one) => !isMakeshift(one));
    const there = new Set<string>();
    for (const { entry, state } of found) {
      yield;
      if (state === 'rest') continue;
      if (entry.name === undefined) there.add(entryKey(entry));
      else if (entry.publication !== undefined) there.add(entry.name);
    }
    const lost = new Map<string, Entry[]>();
    for (const [key, entry] of this.#entries) {
      yield;
      const group = entry.name ?? key;
      if (!there.has(group)) lost.set(group, [...(lost.get(group) ?? []), entry]);
    }
    const remains = found.filter(({ entry }) => lost.has(entry.name ?? entryKey(entry)));
    const others = found.filter((one) => !remains.includes(one));
    const ruleset = rulesetOf(others, yield* repair(others));
    const begun = new Map<string, FoundEntry>();
    for (const group of lost.values()) {
      yield;
      for (const entry of group) {
        if (fits(ruleset, group)) begun.set(entryKey(entry), { entry, state: 'begun' });
        else this.#forget(entryKey(entry));
      }
    }
    // repair() completes entries in the state `begun`, so each lost group is installed with all that belongs to it.
    for (const one of remains) if (one.state === 'whole') begun.delete(entryKey(one.entry));
    const change = yield* repair([...found.filter(({ entry }) => !begun.has(entryKey(entry))), ...begun.values()]);
    const makeshift = all.filter(isMakeshift).map(({ entry }) => entry);
    return { added: change.added, removed: [...change.removed, ...makeshift] };
  }

  /** Forgets missing entries that are installed again, in whatever form. */
  #settle(whole: ReadonlyMap<string, Entry>, announced: boolean): void {
    const names = new Set([...whole.values()].filter((entry) => entry.publication).map(({ name }) => name));
    for (const [key, { name }] of this.#owed) {
      if (announced || whole.has(key) || (name !== undefined && names.has(name))) this.#owed.delete(key);
    }
    if (this.#owed.size === 0) this.#makeshift.clear();
  }

  #forget(key: string): void {
    this.#entries.delete(key);
    this.#owed.delete(key);
  }
}

/** Returns the ruleset that is installed after a repair. */
function rulesetOf(found: readonly FoundEntry[], { added, removed }: Change): Ruleset {
  const ruleset = new Ruleset();
  const gone = new Set(removed.map(entryKey));
  for (const { entry } of found) if (!gone.has(entryKey(entry))) ruleset.load(entry);
  for (const entry of added) ruleset.load(entry);
  return ruleset;
}

function fits(ruleset: Ruleset, group: readonly Entry[]): boolean {
  const position = ruleset.position;
  try {
    for (const entry of group) ruleset.add(entry);
    return true;
  } catch {
    return false;
  } finally {
    ruleset.revertTo(position);
  }
}
