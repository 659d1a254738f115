import type { Installed } from '../backends/backend';
import type { Change } from '../plan/change';
import { type FoundEntry, repair } from '../plan/repair';
import { Ruleset } from '../plan/ruleset';
import { type Entry, entryKey } from '../rules/entry';

/** What a look at the kernel showed to be gone. */
export interface Loss {
  readonly entries: readonly Entry[];
  /** What is not as portshift would have left it, in words. */
  readonly damage: readonly string[];
}

/** What a repair does, by keys. */
export interface RepairKeys {
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/**
 * What should be installed, as far as it can be told: what this process has committed, and whatever else it finds whole.
 *
 * Every portshift process leaves a whole ruleset behind: what is not whole, a foreign hand (or a crash) has been at. A
 * whole ruleset is taken for the work of another portshift process, with one exception: that everything is gone is
 * what foreign tools leave as well, so it counts as a loss unless a portshift process has announced it.
 */
export class GroundTruth {
  #entries = new Map<string, Entry>();
  /** Gone, and not to be taken for withdrawn. */
  readonly #owed = new Map<string, Entry>();
  /** What others have put in the place of what is owed. */
  readonly #makeshift = new Set<string>();

  /** Everything that should be there. */
  get entries(): ReadonlyMap<string, Entry> {
    return this.#entries;
  }

  /** A change that this process has made. */
  commit({ added, removed }: Change): void {
    for (const entry of removed) this.#forget(entryKey(entry));
    for (const entry of added) this.#entries.set(entryKey(entry), entry);
  }

  /**
   * Another process has found rules in pieces: it takes away what is left of them, and puts others in their place.
   */
  owe({ removed, added }: RepairKeys): void {
    const names = new Set(removed.map((key) => this.#entries.get(key)?.name));
    for (const [key, entry] of this.#entries) {
      if (removed.includes(key) || (entry.name !== undefined && names.has(entry.name))) this.#owed.set(key, entry);
    }
    for (const key of added) if (!this.#entries.has(key)) this.#makeshift.add(key);
  }

  /** @param announced a portshift process has said that it takes everything away */
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
   * What makes the kernel hold what should be there. What other portshift processes have put in the place of what was
   * lost stays: then that is no longer owed.
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
    // What is begun is completed: what is lost is put in with all that belongs to it.
    for (const one of remains) if (one.state === 'whole') begun.delete(entryKey(one.entry));
    const change = yield* repair([...found.filter(({ entry }) => !begun.has(entryKey(entry))), ...begun.values()]);
    const makeshift = all.filter(isMakeshift).map(({ entry }) => entry);
    return { added: change.added, removed: [...change.removed, ...makeshift] };
  }

  /** What is there again, in whatever form, is owed no longer. */
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

/** What is installed when a repair is made. */
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
