import { type Entry, notAmong, type Publication } from '../rules/entry';
import { type Change, NetChange, UNCHANGED } from './change';
import { Conflicts } from './conflict';
import { EntryMap } from './entry-map';

const NONE: readonly never[] = [];

/** So many changes are put together in a step that is not interrupted. */
const STRIDE = 8;

/**
 * The set of entries one owner has installed, as this process knows it. Every edit is logged, so that it can be taken
 * back, and costs the same however many entries there are.
 */
export class Ruleset {
  readonly #entries = new EntryMap<Entry>((entry) => entry);
  readonly #conflicts = new Conflicts();
  readonly #log: Change[] = [];

  get size(): number {
    return this.#entries.size;
  }

  entries(): Generator<Entry> {
    return this.#entries.values();
  }

  has(entry: Entry): boolean {
    return this.#entries.get(entry) !== undefined;
  }

  /** The entries of one published port; empty where there is none of that name. */
  named(name: string): readonly Entry[] {
    return this.#entries.named(name);
  }

  publication(name: string): Publication | undefined {
    for (const { publication } of this.named(name)) if (publication !== undefined) return publication;
    return undefined;
  }

  /** Adding what is there already changes nothing. @throws FirewallError ERR_CONFLICT */
  add(entry: Entry): void {
    if (this.has(entry)) return;
    this.#conflicts.check(entry);
    this.#put(entry);
    this.#log.push({ added: [entry], removed: NONE });
  }

  /** Removing what is not there changes nothing. */
  remove(entry: Entry): void {
    const installed = this.#entries.delete(entry);
    if (installed === undefined) return;
    this.#conflicts.delete(installed);
    this.#log.push({ added: NONE, removed: [installed] });
  }

  /** Makes these all the entries of one published port; where it throws, nothing has changed. @throws FirewallError ERR_CONFLICT */
  replace(name: string, wanted: readonly Entry[]): void {
    const installed = this.named(name);
    const removed = notAmong(wanted, installed);
    const added = notAmong(installed, wanted);
    if (added.length === 0 && removed.length === 0) return;
    for (const entry of removed) this.#conflicts.delete(entry);
    let claimed = 0;
    try {
      for (const entry of added) {
        this.#conflicts.check(entry);
        this.#conflicts.add(entry);
        claimed += 1;
      }
    } catch (error) {
      for (const entry of added.slice(0, claimed)) this.#conflicts.delete(entry);
      for (const entry of removed) this.#conflicts.add(entry);
      throw error;
    }
    this.#entries.replace(name, added.concat(notAmong(removed, installed)));
    this.#log.push({ added, removed });
  }

  /** Where the log stands now; `changeSince` and `revertTo` take it. */
  get position(): number {
    return this.#log.length;
  }

  /** What has happened since, where that is little. */
  changeSince(position: number): Change {
    if (this.#log.length - position < 2) return this.#log[position] ?? UNCHANGED;
    const net = new NetChange();
    for (let index = position; index < this.#log.length; index += 1) net.add(this.#log[index] as Change);
    return net.change();
  }

  /** The same, however much that is. */
  *changeInSteps(position: number): Generator<void, Change> {
    const net = new NetChange();
    for (let index = position; index < this.#log.length; index += 1) {
      net.add(this.#log[index] as Change);
      if (index % STRIDE === 0) yield;
    }
    return net.change();
  }

  revertTo(position: number): void {
    while (this.#log.length > position) {
      const { added, removed } = this.#log.pop() ?? UNCHANGED;
      for (const entry of added) this.#take(entry);
      for (const entry of removed) this.#put(entry);
    }
  }

  /** Forgets the log up to a position: those edits are in the kernel. */
  settle(position = this.position): void {
    this.#log.splice(0, position);
  }

  /** Takes over what the kernel holds, right or wrong: unchecked and not logged. */
  load(entry: Entry): void {
    if (!this.has(entry)) this.#put(entry);
  }

  #put(entry: Entry): void {
    this.#entries.add(entry);
    this.#conflicts.add(entry);
  }

  #take(entry: Entry): void {
    this.#entries.delete(entry);
    this.#conflicts.delete(entry);
  }
}
