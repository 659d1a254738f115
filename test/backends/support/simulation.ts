import { chainPrefix } from '../../../lib/backends/iptc/chains';
import { InstalledTables, installedMark, ROOM } from '../../../lib/backends/iptc/installed';
import { planSteps } from '../../../lib/backends/iptc/steps';
import { stepsJson } from '../../../lib/backends/iptc/steps-json';
import { MemoryKernel, MemorySession } from '../../../lib/backends/memory/session';
import { type Change, difference } from '../../../lib/model/change';
import { type Entry, entryKey } from '../../../lib/model/entry';
import type { Mark } from '../../../lib/model/mark';
import { ReadRule } from '../../../lib/model/read-rule';
import { repair } from '../../../lib/model/repair';
import type { Family, TableName } from '../../../lib/model/table-rule';
import type { Step } from '../../../lib/model/table-step';

const OWNER = 'portshift';
const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];
const TABLES: readonly TableName[] = ['filter', 'mangle', 'nat', 'security'];

/** Simulated tables under the hands of the planner alone, without a backend or a firewall around it. */
export class Simulation {
  /**
   * @param room how many rules a chain gets before a tree of chains grows below it
   * @param mark bits to set on what is denied; undefined: those that are installed
   */
  constructor(
    readonly kernel = new MemoryKernel(),
    readonly room = ROOM,
    readonly mark?: Mark,
  ) {}

  /** What the planner finds in the tables. */
  read(): InstalledTables {
    const rules = [...this.#rules()];
    const installed = new InstalledTables(OWNER, this.mark ?? installedMark(OWNER, rules), this.room);
    for (const family of FAMILIES) {
      for (const table of TABLES) {
        for (const name of this.kernel.chains({ family, table }).keys()) installed.addChain({ family, table }, name);
      }
    }
    for (const rule of rules) installed.addRule(rule);
    return installed;
  }

  /** The steps that turn what is installed into `change`d rules; commits none. */
  plan(change: Change): Step[] {
    return planned(this.read(), change);
  }

  /** Commits steps one by one, as one change. */
  async commit(steps: readonly Step[]): Promise<void> {
    const text = stepsJson(steps.map((step) => ({ ...step, expect: '' })));
    await new MemorySession(this.kernel).commit(text, { chainPrefix: chainPrefix(OWNER) });
  }

  /** Makes a ruleset of nothing but these entries; answers the steps it took. */
  async become(entries: readonly Entry[]): Promise<Step[]> {
    const present = [...this.read().entries.values()].map(({ entry }) => entry);
    const steps = this.plan(difference(present, entries));
    await this.commit(steps);
    return steps;
  }

  /** What the next one who opens a firewall does first: puts right what was left in pieces. */
  async repair(): Promise<Step[]> {
    const installed = this.read();
    const found = [...installed.entries.values()].map((presence) => ({
      entry: presence.entry,
      state: installed.stateOf(presence),
    }));
    const steps = planned(installed, finish(repair(found)));
    await this.commit(steps);
    return steps;
  }

  /** Tables of the same content, which go their own way from here on. */
  fork(): Simulation {
    const kernel = new MemoryKernel();
    for (const family of FAMILIES) {
      for (const table of TABLES) {
        const chains = this.kernel.chains({ family, table });
        kernel.replace({ family, table }, new Map([...chains].map(([name, rules]) => [name, [...rules]])));
      }
    }
    return new Simulation(kernel, this.room, this.mark);
  }

  *#rules(): Generator<ReadRule> {
    for (const family of FAMILIES) {
      for (const table of TABLES) {
        for (const [chain, rules] of this.kernel.chains({ family, table })) {
          for (const { rule, counters } of rules) yield ReadRule.of({ family, table, chain }, rule, counters);
        }
      }
    }
  }
}

export function planned(installed: InstalledTables, change: Change): Step[] {
  return finish(planSteps(installed, change));
}

/** Of all that is installed, be it whole or not. */
export function keysIn({ entries }: InstalledTables): string[] {
  return Array.from(entries.values(), ({ entry }) => entryKey(entry)).sort();
}

/** Runs work that could be done in slices to its end. */
export function finish<T>(work: Generator<void, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
