import type { CountedEntry, InstalledEntry } from '../backend';
import { type Counted, Counting } from '../counting';
import type { InstalledTables } from './installed';
import type { Presence } from './presence';

/** The installed entries. Each is created on demand, from what is installed at that time. */
export class TableEntries implements Iterable<InstalledEntry> {
  constructor(readonly installed: InstalledTables) {}

  *[Symbol.iterator](): Generator<InstalledEntry> {
    for (const presence of this.installed.entries.values()) {
      const { entry } = presence;
      yield { entry, state: this.installed.stateOf(presence), packets: this.installed.packetsOf(presence) };
    }
  }
}

/** The counters of the installed entries. */
export class TableCounts implements Iterable<CountedEntry> {
  constructor(readonly installed: InstalledTables) {}

  [Symbol.iterator](): Iterator<CountedEntry> {
    const { installed } = this;
    return new Counting(installed.entries.values(), (presence, counted) => writeCounts(installed, presence, counted));
  }
}

function writeCounts(installed: InstalledTables, presence: Presence, counted: Counted): void {
  const { entry } = presence;
  const packets = installed.packetsOf(presence);
  const denies = entry.rule.kind === 'markDrop';
  counted.entry = entry;
  counted.connections = denies ? 0 : packets;
  counted.denied = denies ? packets : 0;
}
