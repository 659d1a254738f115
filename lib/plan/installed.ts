import { type Entry, entryKey, parseEntry } from '../rules/entry';
import type { Mark } from '../rules/mark';
import type { ReadRule, RulePlace } from '../tables/read-rule';
import type { Family, TableRule } from '../tables/table-rule';
import { COMMENT_PREFIX, chainPrefix, TRACKING_RULE, trackingChain } from './chains';
import { Intent } from './intent';
import { FAMILIES } from './phases';
import { dropPlacement, needsDrop, type Placement, placementsOf } from './placement';
import { covers, type OwnChain, PortTree } from './port-tree';
import { isBegun, isWhole, type Presence } from './presence';
import { SteadyMap } from './steady-map';

/** What one own chain holds. */
export interface ChainState {
  readonly family: Family;
  readonly chain: OwnChain;
  exists: boolean;
  jumped: boolean;
  /** Others jump here as well, so that the kernel would not let go of it: it stays, empty. */
  shared: boolean;
  /** Rules in it, jumps and foreign ones included. */
  rules: number;
}

/** The rule that drops what is marked: whether it is there, and how many entries need it. */
export interface DropState {
  present: boolean;
  users: number;
}

/** A rule of ours that is no part of anything: altered, doubled or left over. */
export interface Stray extends RulePlace {
  readonly rule: TableRule;
}

/**
 * How many rules a chain gets before new ones go further down its tree. Few published ports thus lie side by side in one
 * chain, and where there are many, no packet passes more than some dozens of rules on its way to the right one.
 */
export const ROOM = 16;

/** What an owner has installed in the legacy tables, rule by rule. */
export class InstalledTables {
  readonly entries = new SteadyMap<string, Presence>();
  readonly strays: Stray[] = [];
  /** Rules of others in own chains, in words. */
  readonly intruders: string[] = [];
  /** The families in which connection tracking is kept on for connections that outlive the rules. */
  readonly tracking = new Map<Family, { rule: boolean }>();
  /** A change that was begun, as it was written down. */
  readonly intent: Intent;
  readonly #chains = { ipv4: new Map<OwnChain, ChainState>(), ipv6: new Map<OwnChain, ChainState>() };
  readonly #drops: Readonly<Record<Family, DropState>> = {
    ipv4: { present: false, users: 0 },
    ipv6: { present: false, users: 0 },
  };
  readonly #tree: PortTree;
  #changed = new Set<ChainState>();

  constructor(
    readonly owner: string,
    readonly mark: Mark,
    readonly room = ROOM,
  ) {
    this.#tree = new PortTree(owner, mark);
    this.intent = new Intent(owner);
  }

  chain(family: Family, chain: OwnChain): ChainState {
    const chains = this.#chains[family];
    let state = chains.get(chain);
    if (state === undefined) {
      state = { family, chain, exists: false, jumped: false, shared: false, rules: 0 };
      chains.set(chain, state);
      this.#changed.add(state);
    }
    return state;
  }

  /** Counts rules that went into the chain, or with a negative number out of it. */
  count(family: Family, chain: OwnChain, rules: number): void {
    const state = this.chain(family, chain);
    state.rules += rules;
    this.#changed.add(state);
  }

  /** The own chain of that name; undefined for one that is foreign in spite of its name. */
  find(name: string): OwnChain | undefined {
    return this.#tree.find(name);
  }

  /** The chain where a rule goes that is not installed: the first on its way down the tree that has room. */
  homeFor({ family, chain, ports }: Placement): OwnChain {
    const hasRoom = (one: OwnChain) => (this.#chains[family].get(one)?.rules ?? 0) < this.room;
    const root = this.#tree.root(chain);
    if (hasRoom(root)) return root;
    const path = this.#tree.path(chain, ports);
    return path.find(hasRoom) ?? path.at(-1) ?? root;
  }

  /** The chains of which something has changed since this was last asked, or all that were read. */
  takeChanged(): Set<ChainState> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  /** The shared drop rule of one family. */
  drop(family: Family): DropState {
    return this.#drops[family];
  }

  /** The families in which connections may have been redirected. */
  translating(): Set<Family> {
    const found = new Set(this.tracking.keys());
    for (const family of FAMILIES) {
      const roots = [this.#tree.root('pre'), this.#tree.root('out')];
      if (roots.some((root) => this.chain(family, root).exists)) found.add(family);
    }
    return found;
  }

  presence(entry: Entry): Presence {
    const key = entryKey(entry);
    let presence = this.entries.get(key);
    if (presence === undefined) {
      presence = { entry, placements: placementsOf(entry, this.mark), mask: 0, homes: [], packets: 0 };
      this.entries.set(key, presence);
      this.#countDropUsers(entry, 1);
    }
    return presence;
  }

  forget(entry: Entry): void {
    if (this.entries.delete(entryKey(entry))) this.#countDropUsers(entry, -1);
  }

  addChain({ family, table }: Pick<RulePlace, 'family' | 'table'>, name: string): void {
    const chain = this.find(name);
    const side = this.intent.sideOf({ family, table, chain: name });
    if (chain !== undefined) this.chain(family, chain).exists = true;
    else if (name === trackingChain(this.owner)) this.tracking.set(family, { rule: false });
    else if (side !== undefined) this.intent.addChain(side);
  }

  addRule(read: ReadRule): void {
    const chain = this.find(read.chain);
    if (chain !== undefined) {
      this.count(read.family, chain, 1);
      if (!isOurs(read)) this.intruders.push(`${read.family} ${read.chain} holds a rule of others`);
    }
    if (this.intent.sideOf(read) !== undefined) this.#addIntent(read);
    else if (read.chain === trackingChain(this.owner)) this.#addTracking(read);
    else if (read.jump !== '') this.#addJump(read);
    else if (chain !== undefined) this.#addOwn(read, chain);
  }

  /** Everything that is not as portshift would have left it, in words; empty when all is well. */
  *damage(): Generator<void, string[]> {
    const found: string[] = [];
    for (const stray of this.strays)
      found.push(`${stray.family} ${stray.table} ${stray.chain} holds a rule that is out of place`);
    for (const { family, chain, exists, jumped, shared, rules } of this.#states()) {
      yield;
      if (exists && rules > 0 && !jumped) found.push(`the jump to ${family} ${chain.name} is missing`);
      if (exists && rules === 0 && (jumped || !shared)) found.push(`${family} ${chain.name} is empty`);
    }
    if (this.intent.isLeft) found.push('a change was cut short');
    for (const family of FAMILIES) {
      const { present, users } = this.drop(family);
      if (present !== users > 0) found.push(`the drop rule in ${family} is ${present ? 'left over' : 'missing'}`);
    }
    for (const [key, presence] of this.entries) {
      yield;
      if (!isWhole(presence)) found.push(`"${key}" is incomplete`);
    }
    return found;
  }

  /** How far it is, and which way it goes. */
  stateOf(presence: Presence): 'whole' | 'begun' | 'rest' {
    if (this.intent.has('removed', presence.entry)) return 'rest';
    if (isWhole(presence)) return 'whole';
    return isBegun(presence) || this.intent.has('added', presence.entry) ? 'begun' : 'rest';
  }

  *#states(): Generator<ChainState> {
    yield* this.#chains.ipv4.values();
    yield* this.#chains.ipv6.values();
  }

  #parse(text: string): Presence | undefined {
    const entry = parseEntry(text);
    return entry === undefined ? undefined : this.presence(entry);
  }

  #countDropUsers(entry: Entry, by: number): void {
    for (const family of FAMILIES) {
      if (needsDrop(entry, family)) this.drop(family).users += by;
    }
  }

  #addIntent(read: ReadRule): void {
    const side = this.intent.sideOf(read);
    if (side === undefined) return;
    const entry = this.intent.addRule(side, read);
    if (entry === undefined) this.#addStray(read);
    else if (entry !== 'foreign' && side === 'added') this.presence(entry);
  }

  #addTracking(read: ReadRule): void {
    if (read.comment === '') return;
    const tracking = this.tracking.get(read.family);
    if (tracking?.rule === false && read.says(TRACKING_RULE)) tracking.rule = true;
    else this.#addStray(read);
  }

  #addJump(read: ReadRule): void {
    const target = this.find(read.jump);
    if (target === undefined) return;
    const state = this.chain(read.family, target);
    if (read.comment !== COMMENT_PREFIX) {
      state.shared = true;
      return;
    }
    const right = target.hook === read.chain && target.table === read.table && read.says(target.jump);
    if (right && !state.jumped) state.jumped = true;
    else this.#addStray(read);
  }

  #addOwn(read: ReadRule, home: OwnChain): void {
    const { family, table, comment, counters } = read;
    if (!comment.startsWith(`${COMMENT_PREFIX} `)) return;
    if (comment === `${COMMENT_PREFIX} drop`) {
      const drop = this.drop(family);
      const placement = dropPlacement(family, this.mark);
      if (drop.present || home !== this.#tree.root(placement.chain) || !read.says(placement.rule)) this.#addStray(read);
      else drop.present = true;
      return;
    }
    const text = comment.slice(COMMENT_PREFIX.length + 1);
    const presence = this.entries.get(text) ?? this.#parse(text);
    const index =
      presence?.placements.findIndex(
        (one, i) =>
          one.family === family &&
          one.chain === home.id &&
          covers(home, one.ports) &&
          !(presence.mask & (1 << i)) &&
          read.says(one.rule),
      ) ?? -1;
    if (presence === undefined || index < 0) {
      this.#addStray(read);
      return;
    }
    presence.mask |= 1 << index;
    presence.homes[index] = home;
    if (table !== 'filter') presence.packets += counters.packets;
  }

  #addStray({ family, table, chain, rule }: ReadRule): void {
    this.strays.push({ family, table, chain, rule });
  }
}

/** The mark the owner's installed rules use; undefined where none does. */
export function installedMark(owner: string, rules: Iterable<ReadRule>): Mark | undefined {
  for (const read of rules) {
    const { table, chain, comment } = read;
    if (table !== 'mangle' || !chain.startsWith(chainPrefix(owner))) continue;
    if (!comment.startsWith(`${COMMENT_PREFIX} `)) continue;
    const { target } = read.rule;
    if (target.target === 'MARK') return { value: target.value, mask: target.mask };
  }
  return undefined;
}

/** Whether portshift has put it there, as far as its comment tells. */
function isOurs({ comment }: ReadRule): boolean {
  return comment === COMMENT_PREFIX || comment.startsWith(`${COMMENT_PREFIX} `);
}
