import { type Entry, entryKey } from '../rules/entry';
import { type Publication, publicationOf } from '../rules/publication';
import { type Change, type Edit, NetChange, netChange } from './change';
import { Conflicts } from './conflict';
import { SteadyMap } from './steady-map';

/**
 * The set of entries one owner has installed, as this process knows it. Every edit is logged, so that it can be taken
 * back, and costs the same however many entries there are.
 */
export class Ruleset {
  readonly #entries = new SteadyMap<string, Entry>();
  /** The entries of each published port; a list is replaced, never changed. */
  readonly #names = new SteadyMap<string, readonly Entry[]>();
  readonly #conflicts = new Conflicts();
  readonly #log: Edit[] = [];

  get size(): number {
    return this.#entries.size;
  }

  entries(): Generator<Entry> {
    return this.#entries.values();
  }

  has(entry: Entry): boolean {
    return this.#entries.has(entryKey(entry));
  }

  /** The entries of one published port; empty where there is none of that name. */
  named(name: string): readonly Entry[] {
    return this.#names.get(name) ?? [];
  }

  publication(name: string): Publication | undefined {
    for (const entry of this.named(name)) {
      const publication = publicationOf(entry);
      if (publication !== undefined) return publication;
    }
    return undefined;
  }

  /** Adding what is there already changes nothing. @throws FirewallError ERR_CONFLICT */
  add(entry: Entry): void {
    if (this.has(entry)) return;
    this.#conflicts.check(entry);
    this.#put(entry);
    this.#log.push({ added: true, entry });
  }

  /** Removing what is not there changes nothing. */
  remove(entry: Entry): void {
    const installed = this.#entries.get(entryKey(entry));
    if (installed === undefined) return;
    this.#take(installed);
    this.#log.push({ added: false, entry: installed });
  }

  /** Where the log stands now; `changeSince` and `revertTo` take it. */
  get position(): number {
    return this.#log.length;
  }

  /** What has happened since, where that is little. */
  changeSince(position: number): Change {
    return netChange(this.#log, position);
  }

  /** The same, however much that is. */
  *changeInSteps(position: number): Generator<void, Change> {
    const net = new NetChange();
    for (let index = position; index < this.#log.length; index += 1) {
      net.add(this.#log[index] as Edit);
      yield;
    }
    return net.change();
  }

  revertTo(position: number): void {
    while (this.#log.length > position) {
      const edit = this.#log.pop();
      if (edit === undefined) return;
      if (edit.added) this.#take(edit.entry);
      else this.#put(edit.entry);
    }
  }

  /** Forgets the log: the edits so far are in the kernel. */
  settle(): void {
    this.#log.length = 0;
  }

  /** Takes over what the kernel holds, right or wrong: unchecked and not logged. */
  load(entry: Entry): void {
    if (!this.has(entry)) this.#put(entry);
  }

  #put(entry: Entry): void {
    this.#entries.set(entryKey(entry), entry);
    this.#conflicts.add(entry);
    const { name } = entry;
    if (name !== undefined) this.#names.set(name, this.named(name).concat(entry));
  }

  #take(entry: Entry): void {
    this.#entries.delete(entryKey(entry));
    this.#conflicts.delete(entry);
    const { name } = entry;
    if (name === undefined) return;
    const others = this.named(name).filter((one) => one !== entry);
    if (others.length === 0) this.#names.delete(name);
    else this.#names.set(name, others);
  }
}
