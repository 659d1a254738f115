import { SteadyMap } from '../util/steady-map';
import { inStrides } from '../util/strides';
import {
  type Change,
  countIn,
  entriesIn,
  type Group,
  isList,
  isSameGroup,
  NetChange,
  Regrouping,
  UNCHANGED,
} from './change';
import { Conflicts } from './conflict';
import { type Entry, isSame, type Publication } from './entry';
import { groupOf } from './entry-map';
import { leadOf } from './publication';

const NONE: readonly never[] = [];

/**
 * The set of entries that one owner has installed, as far as this process has read or committed it. Every edit is
 * logged, so that it can be reverted, and costs the same for any number of entries.
 */
export class Ruleset {
  /**
   * The entries by group. A published port that is edited as a whole is its leading entry alone. Lists are replaced,
   * never changed.
   */
  readonly #groups = new SteadyMap<string, Group>();
  #size = 0;
  readonly #conflicts = new Conflicts();
  readonly #log: Change[] = [];

  get size(): number {
    return this.#size;
  }

  *entries(): Generator<Entry> {
    for (const group of this.#groups.values()) yield* entriesIn(group);
  }

  has(entry: Entry): boolean {
    return this.#find(entry) !== undefined;
  }

  /** Returns the entries of one published port, or an empty list if there is none of that name. */
  named(name: string): readonly Entry[] {
    return entriesIn(this.#groups.get(name));
  }

  publication(name: string): Publication | undefined {
    const group = this.#groups.get(name);
    if (group === undefined || !isList(group)) return group?.publication;
    for (const { publication } of group) if (publication !== undefined) return publication;
    return undefined;
  }

  /**
   * Adds an entry. An entry that is already there changes nothing.
   * @throws FirewallError ERR_CONFLICT
   */
  add(entry: Entry): void {
    if (this.has(entry)) return;
    this.#conflicts.check(entry);
    this.#put(entry);
    this.#log.push({ added: [entry], removed: NONE });
  }

  /** Removes an entry. An entry that is not there changes nothing. */
  remove(entry: Entry): void {
    const installed = this.#find(entry);
    if (installed === undefined) return;
    this.#take(installed);
    this.#log.push({ added: NONE, removed: [installed] });
  }

  /**
   * Replaces all entries of the published port of that name, or removes them if `publication` is undefined. If it
   * throws, nothing has changed.
   * @throws FirewallError ERR_CONFLICT
   */
  replace(name: string, publication: Publication | undefined): void {
    const before = this.#groups.get(name);
    const after = publication === undefined ? undefined : leadOf(publication);
    if (isSameGroup(before, after)) return;
    this.#claim('delete', before);
    try {
      if (after !== undefined) this.#conflicts.checkLed(after);
    } catch (error) {
      this.#claim('add', before);
      throw error;
    }
    this.#claim('add', after);
    this.#set(name, after);
    this.#log.push(new Regrouping(name, before, after));
  }

  /** The current position in the log, which `changeSince` and `revertTo` take. */
  get position(): number {
    return this.#log.length;
  }

  /** Returns the change since a position at once, for a small number of edits. */
  changeSince(position: number): Change {
    if (this.#log.length - position < 2) return this.#log[position] ?? UNCHANGED;
    const net = new NetChange();
    for (let index = position; index < this.#log.length; index += 1) net.add(this.#log[index] as Change);
    return net.change();
  }

  /** Returns the change since a position in steps that can be interrupted, for any number of edits. */
  *changeInSteps(position: number): Generator<void, Change> {
    const net = new NetChange();
    yield* inStrides(this.#log.slice(position), (change) => net.add(change));
    return net.change();
  }

  revertTo(position: number): void {
    while (this.#log.length > position) {
      const change = this.#log.pop() ?? UNCHANGED;
      if (change instanceof Regrouping) {
        this.#claim('delete', change.after);
        this.#claim('add', change.before);
        this.#set(change.name, change.before);
      } else {
        for (const entry of change.added) this.#take(entry);
        for (const entry of change.removed) this.#put(entry);
      }
    }
  }

  /** Discards the log up to a position: those edits are in the kernel. */
  settle(position = this.position): void {
    this.#log.splice(0, position);
  }

  /** Adds an entry that the kernel holds, right or wrong. It is neither checked nor logged. */
  load(entry: Entry): void {
    if (!this.has(entry)) this.#put(entry);
  }

  #find(entry: Entry): Entry | undefined {
    const group = this.#groups.get(groupOf(entry));
    if (group === undefined) return undefined;
    if (!isList(group) && (entry.publication !== undefined || entry === group)) {
      return isSame(group, entry) ? group : undefined;
    }
    for (const one of entriesIn(group)) if (isSame(one, entry)) return one;
    return undefined;
  }

  #put(entry: Entry): void {
    const name = groupOf(entry);
    this.#set(name, this.#listed(name).concat(entry));
    this.#conflicts.add(entry);
  }

  #take(entry: Entry): void {
    const name = groupOf(entry);
    const others = this.#listed(name).filter((one) => !isSame(one, entry));
    this.#set(name, others.length === 0 ? undefined : others);
    this.#conflicts.delete(entry);
  }

  /** Returns the entries of a group as a list, and indexes them one by one, as they are edited that way. */
  #listed(name: string): readonly Entry[] {
    const group = this.#groups.get(name);
    if (group === undefined || isList(group)) return group ?? NONE;
    const entries = entriesIn(group);
    this.#conflicts.deleteLed(group);
    for (const entry of entries) this.#conflicts.add(entry);
    return entries;
  }

  #claim(what: 'add' | 'delete', group: Group | undefined): void {
    if (group === undefined) return;
    if (!isList(group)) this.#conflicts[what === 'add' ? 'addLed' : 'deleteLed'](group);
    else for (const entry of group) this.#conflicts[what](entry);
  }

  #set(name: string, group: Group | undefined): void {
    this.#size += countIn(group) - countIn(this.#groups.get(name));
    if (group === undefined) this.#groups.delete(name);
    else this.#groups.set(name, group);
  }
}
