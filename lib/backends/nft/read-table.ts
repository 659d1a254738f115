import type { Entry } from '../../model/entry';
import type { Mark } from '../../model/mark';
import { ledBy } from '../../model/publication';
import type { Rule } from '../../model/rule';
import type { CountedEntry, InstalledEntry } from '../backend';
import { type Counted, Counting } from '../counting';
import type { NativeTable, NftItem } from './addon';
import { hostWordOf } from './bytes';
import { MARK_PREROUTING } from './chains';
import { readElements } from './elements';
import { InstalledNft, type ReadElement } from './installed';
import type { NftPresence } from './presence';
import { RULE_COMMENT } from './rules';
import { isSettled, type Slot } from './slots';
import { countedBy } from './spec';

type Item<Kind extends NftItem['item']> = Extract<NftItem, { readonly item: Kind }>;

/** The contents of a table, by kind. */
export interface TableItems {
  readonly chains: readonly Item<'chain'>[];
  readonly sets: readonly Item<'set'>[];
  readonly rules: readonly Item<'rule'>[];
  /** The elements by the name of their set. */
  readonly elements: ReadonlyMap<string, readonly ReadElement[]>;
}

/** Reads a table from the addon, `page` items at a time. */
export function* readItems(native: NativeTable, page: number): Generator<void, TableItems> {
  const chains: Item<'chain'>[] = [];
  const sets: Item<'set'>[] = [];
  const rules: Item<'rule'>[] = [];
  const elements = new Map<string, ReadElement[]>();
  for (let from = 0; from < native.size; from += page) {
    for (const item of native.page(from, page)) {
      if (item.item === 'chain') chains.push(item);
      else if (item.item === 'set') sets.push(item);
      else rules.push(item);
    }
    yield;
  }
  for (let from = 0; from < native.elementCount; from += page) {
    readElements(native.elements(from, page), elements);
    yield;
  }
  return { chains, sets, rules, elements };
}

/** The flag NFT_TABLE_F_DORMANT of linux/netfilter/nf_tables.h. */
const TABLE_DORMANT = 0x1;

export function* interpretTable(
  native: NativeTable,
  items: TableItems,
  mark: Mark | undefined,
): Generator<void, InstalledNft> {
  const installed = new InstalledNft(mark);
  if (!native.present) return installed;
  installed.table = (native.flags & TABLE_DORMANT) === 0 ? 'present' : 'asleep';
  // These are objects other than chains and sets, which only another program has created.
  installed.foreign = Math.max(0, native.use - items.chains.length - items.sets.length);
  for (const chain of items.chains) installed.addChain(chain);
  for (const set of items.sets) installed.addSet(set);
  installed.addRules(items.rules);
  yield;
  const states = [...installed.sets.states()];
  for (const state of states) {
    yield* installed.addElements(state, items.elements.get(state.name) ?? []);
  }
  for (const state of states) yield* installed.findEntries(state);
  return installed;
}

/**
 * Returns true if no two published ports have the same name. Each port is stored entirely in the element of its
 * redirect, so that no port can be incomplete unless an element is damaged.
 */
export function* hasNamesOnce({ entries }: InstalledNft): Generator<void, boolean> {
  const names = new Set<string>();
  for (const { entry } of entries.values()) {
    yield;
    const { name } = entry;
    if (name === undefined) continue;
    if (names.has(name)) return false;
    names.add(name);
  }
  return true;
}

/** The installed entries. Each is created on demand, from what is installed at that time. */
export class NftEntries implements Iterable<InstalledEntry> {
  constructor(readonly installed: InstalledNft) {}

  *[Symbol.iterator](): Generator<InstalledEntry> {
    for (const presence of this.installed.entries.values()) {
      for (const entry of ledBy(presence.entry)) yield installedEntry(entry, presence);
    }
  }
}

/** The counters of each published port, for all of its entries together. */
export class NftCounts implements Iterable<CountedEntry> {
  constructor(readonly installed: InstalledNft) {}

  [Symbol.iterator](): Iterator<CountedEntry> {
    return new Counting(this.installed.entries.values(), writeCounts);
  }
}

function writeCounts(presence: NftPresence, counted: Counted): void {
  counted.entry = presence.entry;
  counted.connections = packetsOf(presence, 'redirect') + packetsOf(presence, 'loopback');
  counted.denied = packetsOf(presence, 'markDrop');
}

function installedEntry(entry: Entry, presence: NftPresence): InstalledEntry {
  const state = presence.slots.every(isSettled) ? 'whole' : 'begun';
  return { entry, state, packets: packetsOf(presence, entry.rule.kind) };
}

function packetsOf({ slots, shared }: NftPresence, kind: Rule['kind']): number {
  let packets = 0;
  for (const slot of slots) {
    if (countedBy(slot.set.spec) !== kind) continue;
    if (kind === 'markDrop') packets += deniedAt(slot);
    // An element that several published ports share counts for the first of them only, as the first rule of a chain
    // would.
    else if (!shared.includes(slot)) packets += slot.packets;
  }
  return packets;
}

/**
 * Returns the packets denied by an element and by the elements of other sets for the same ports: a denied packet is
 * counted only in the first set that closes its port, and counts for each of them.
 */
function deniedAt(slot: Slot): number {
  let packets = slot.packets;
  for (const other of slot.set.others) packets += other.find(slot)?.packets ?? 0;
  return packets;
}

/** Returns the bits that the table's rules set on denied packets, or undefined if no rule does. */
export function installedMark({ chains, rules }: TableItems): Mark | undefined {
  // An earlier version set the mark in every table, and denied packets with the mark in this chain.
  if (chains.some(({ chain }) => chain === 'deny_input')) return undefined;
  for (const { chain, comment, expressions } of rules) {
    if (chain !== MARK_PREROUTING.chain || comment !== RULE_COMMENT) continue;
    const [set, change] = [expressions.at(-1), expressions.at(-2)];
    if (set?.expr !== 'meta' || set.key !== 'mark' || change?.expr !== 'bitwise') continue;
    return { value: hostWordOf(change.xor), mask: ~hostWordOf(change.mask) >>> 0 };
  }
  return undefined;
}
