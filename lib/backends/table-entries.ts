import type { InstalledTables } from '../plan/installed';
import type { CountedEntry, InstalledEntry } from './backend';

/** Each made when it is asked for, of what is installed then. */
export class TableEntries implements Iterable<InstalledEntry> {
  constructor(readonly installed: InstalledTables) {}

  *[Symbol.iterator](): Generator<InstalledEntry> {
    for (const presence of this.installed.entries.values()) {
      const { entry, packets } = presence;
      yield { entry, state: this.installed.stateOf(presence), packets };
    }
  }
}

/** The same with what was counted. */
export class TableCounts implements Iterable<CountedEntry> {
  constructor(readonly installed: InstalledTables) {}

  *[Symbol.iterator](): Generator<CountedEntry> {
    for (const { entry, packets } of this.installed.entries.values()) {
      const denies = entry.rule.kind === 'markDrop';
      yield { entry, connections: denies ? 0 : packets, denied: denies ? packets : 0 };
    }
  }
}
