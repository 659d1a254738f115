import { type Entry, entryKey, parseEntry } from '../rules/entry';
import type { Mark } from '../rules/mark';
import { type Port, spanOf } from '../rules/port';
import type { ReadRule, RulePlace } from '../tables/read-rule';
import type { Family, Protocol, TableRule } from '../tables/table-rule';
import { ChainStates } from './chain-states';
import { COMMENT_PREFIX, chainPrefix, TRACKING_RULE, trackingChain } from './chains';
import { EntryMap } from './entry-map';
import { isFormerLead } from './former';
import { GUARDED_CHAIN, GuardState, needsGuards } from './guards';
import { Intent } from './intent';
import { FAMILIES } from './phases';
import { MARK_PREFIX, type Placement, prefixIn, ruleOf } from './placement';
import { Placements } from './placements';
import { covers, type OwnChain, type PortKey, PortTree } from './port-tree';
import { isBegun, isWhole, type Presence, settle } from './presence';

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
  readonly entries = new EntryMap<Presence>(({ entry }) => entry);
  readonly strays: Stray[] = [];
  /** Rules of others in own chains, in words. */
  readonly intruders: string[] = [];
  /** The families in which connection tracking is kept on for connections that outlive the rules. */
  readonly tracking = new Map<Family, { rule: boolean }>();
  /** A change that was begun, as it was written down. */
  readonly intent: Intent;
  readonly #guards: Readonly<Record<Family, GuardState>> = {
    ipv4: new GuardState('ipv4'),
    ipv6: new GuardState('ipv6'),
  };
  /** Entries that are there as the version before made them. */
  readonly #former = new Set<Presence>();
  readonly chains: ChainStates;
  /** The entries that close a port. */
  readonly #closing: Readonly<Record<Protocol, Map<Port, Presence[]>>> = { tcp: new Map(), udp: new Map() };
  readonly #tree: PortTree;
  readonly #placements: Placements;

  constructor(
    readonly owner: string,
    /** Bits that are set on what is denied; undefined: none. */
    readonly mark: Mark | undefined,
    room = ROOM,
  ) {
    this.#tree = new PortTree(owner);
    this.chains = new ChainStates(this.#tree, room);
    this.#placements = new Placements(mark);
    this.intent = new Intent(owner);
  }

  /** The own chain of that name; undefined for one that is foreign in spite of its name. */
  find(name: string): OwnChain | undefined {
    return this.#tree.find(name);
  }

  guards(family: Family): GuardState {
    return this.#guards[family];
  }

  /** The families in which connections may have been redirected. */
  translating(): Set<Family> {
    const found = new Set(this.tracking.keys());
    for (const family of FAMILIES) {
      const roots = [this.#tree.root('pre'), this.#tree.root('out')];
      if (roots.some((root) => this.chains.of(family, root).exists)) found.add(family);
    }
    return found;
  }

  /** What it consists of. */
  placementsOf(entry: Entry): readonly Placement[] {
    return this.#placements.of(entry);
  }

  presence(entry: Entry): Presence {
    let presence = this.entries.get(entry);
    if (presence === undefined) {
      const size = this.placementsOf(entry).length;
      presence = { entry, size, mask: 0, home: undefined, others: undefined, packets: 0 };
      this.entries.add(presence);
      this.#countGuardUsers(entry, 1);
      this.#noteClosing(presence);
    }
    return presence;
  }

  /** The one whose entry has that key. */
  withKey(key: string): Presence | undefined {
    for (const presence of this.entries.named(groupIn(key))) if (entryKey(presence.entry) === key) return presence;
    return undefined;
  }

  forget(entry: Entry): void {
    const presence = this.entries.delete(entry);
    if (presence === undefined) return;
    this.#countGuardUsers(entry, -1);
    const { protocol, port } = entry.rule;
    const closing = this.#closing[protocol].get(port);
    if (closing === undefined || entry.rule.kind !== 'markDrop') return;
    if (closing.length === 1) this.#closing[protocol].delete(port);
    else closing.splice(closing.indexOf(presence), 1);
  }

  /** A packet that is denied is counted by the first of the rules that close its port: it counts for each of their entries. */
  packetsOf({ entry: { rule }, packets }: Presence): number {
    const closing = rule.kind === 'markDrop' ? this.#closing[rule.protocol].get(rule.port) : undefined;
    if (closing === undefined || closing.length < 2) return packets;
    return closing.reduce((sum, one) => sum + one.packets, 0);
  }

  addChain({ family, table }: Pick<RulePlace, 'family' | 'table'>, name: string): void {
    const chain = this.find(name);
    const side = this.intent.sideOf({ family, table, chain: name });
    if (chain !== undefined) this.chains.of(family, chain).exists = true;
    else if (name === trackingChain(this.owner)) this.tracking.set(family, { rule: false });
    else if (side !== undefined) this.intent.addChain(side);
  }

  addRule(read: ReadRule): void {
    const chain = this.find(read.chain);
    if (chain !== undefined) {
      this.chains.count(this.chains.of(read.family, chain), 1);
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
    for (const { family, chain, exists, jumped, shared, rules } of this.chains.values()) {
      yield;
      if (exists && rules > 0 && !jumped) found.push(`the jump to ${family} ${chain.name} is missing`);
      if (exists && rules === 0 && (jumped || !shared)) found.push(`${family} ${chain.name} is empty`);
    }
    if (this.intent.isLeft) found.push('a change was cut short');
    for (const family of FAMILIES) {
      const { isSound, isNeeded } = this.guards(family);
      if (!isSound) found.push(`a guard of the redirects in ${family} is ${isNeeded ? 'missing' : 'left over'}`);
    }
    for (const presence of this.entries.values()) {
      yield;
      if (!isWhole(presence)) found.push(`"${entryKey(presence.entry)}" is incomplete`);
    }
    return found;
  }

  /** How far it is, and which way it goes. */
  stateOf(presence: Presence): 'whole' | 'begun' | 'rest' {
    if (this.intent.has('removed', presence.entry)) return 'rest';
    if (isWhole(presence)) return 'whole';
    const isKept = isBegun(presence) || this.#former.has(presence) || this.intent.has('added', presence.entry);
    return isKept ? 'begun' : 'rest';
  }

  #parse(text: string): Presence | undefined {
    const entry = parseEntry(text);
    return entry === undefined ? undefined : this.presence(entry);
  }

  #countGuardUsers(entry: Entry, by: number): void {
    for (const family of FAMILIES) {
      if (needsGuards(entry, family)) this.guards(family).users += by;
    }
  }

  #noteClosing(presence: Presence): void {
    const { kind, protocol, port } = presence.entry.rule;
    if (kind !== 'markDrop') return;
    const closing = this.#closing[protocol].get(port);
    if (closing === undefined) this.#closing[protocol].set(port, [presence]);
    else closing.push(presence);
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
    const state = this.chains.of(read.family, target);
    if (read.comment !== COMMENT_PREFIX) {
      state.shared = true;
      return;
    }
    const right = target.hook === read.chain && target.table === read.table && read.says(target.jump);
    if (right && !state.jumped) state.jumped = true;
    else this.#addStray(read);
  }

  #addOwn(read: ReadRule, home: OwnChain): void {
    const { family, comment, counters } = read;
    if (!comment.startsWith(`${COMMENT_PREFIX} `)) return;
    if (this.#addGuard(read, home)) return;
    const prefix = prefixIn(home.id);
    const text = comment.slice(COMMENT_PREFIX.length + 1 + prefix.length);
    const presence = this.withKey(text) ?? this.#parse(text);
    const index = presence === undefined ? -1 : this.#indexOf(presence, read, home);
    if (presence === undefined || index < 0) {
      if (presence !== undefined && this.#isFormer(presence.entry, read, home)) this.#former.add(presence);
      this.#addStray(read);
      return;
    }
    settle(presence, index, this.chains.of(family, home));
    if (prefix === '') presence.packets += counters.packets;
  }

  /** Whether the entry was known by this rule in the version before: by the one in the first of its families. */
  #isFormer(entry: Entry, read: ReadRule, home: OwnChain): boolean {
    return read.family === this.placementsOf(entry)[0]?.family && isFormerLead(read, home.id, entry);
  }

  /** Guards come before all other rules of the chain. */
  #addGuard(read: ReadRule, home: OwnChain): boolean {
    if (home !== this.#tree.root(GUARDED_CHAIN)) return false;
    const guards = this.guards(read.family);
    const index = guards.rules.findIndex((rule) => read.says(rule));
    if (index < 0) return false;
    const before = this.chains.of(read.family, home).rules - 1;
    const isDoubled = guards.present[index] === true;
    guards.present[index] = !isDoubled && before <= guards.count;
    // Of two that are the same, the kernel deletes the first: both go, and one comes to the top.
    if (isDoubled) this.#addStray(read);
    if (!guards.present[index]) this.#addStray(read);
    return true;
  }

  /** Which of the placements that are still missing the rule is; -1 where it is none. */
  #indexOf({ entry, mask }: Presence, read: ReadRule, home: OwnChain): number {
    if (!covers(home, portsOf(entry))) return -1;
    return this.placementsOf(entry).findIndex(
      ({ family, chain, rule }, index) =>
        family === read.family && chain === home.id && !(mask & (1 << index)) && read.says(ruleOf(rule, entry)),
    );
  }

  #addStray({ family, table, chain, rule }: ReadRule): void {
    this.strays.push({ family, table, chain, rule });
  }
}

/** The bits that the owner's installed rules set on what is denied; undefined where none does. */
export function installedMark(owner: string, rules: Iterable<ReadRule>): Mark | undefined {
  for (const read of rules) {
    if (!read.chain.startsWith(`${chainPrefix(owner)}mark`)) continue;
    if (!read.comment.startsWith(`${COMMENT_PREFIX} ${MARK_PREFIX}`)) continue;
    const { target } = read.rule;
    if (target.target === 'MARK') return { value: target.value, mask: target.mask };
  }
  return undefined;
}

/** What its rules are about. */
export function portsOf({ rule: { protocol, port } }: Entry): PortKey {
  return { protocol, span: spanOf(port) };
}

/** What groupOf() gives for the entry with that key. */
function groupIn(key: string): string {
  const at = key.indexOf(NAME);
  if (at < 0) return key;
  const from = at + NAME.length;
  const end = key.indexOf(' ', from);
  return key.slice(from, end < 0 ? undefined : end);
}

/** What goes before the name in the key of an entry that has one. */
const NAME = ' name=';

/** Whether portshift has put it there, as far as its comment tells. */
function isOurs({ comment }: ReadRule): boolean {
  return comment === COMMENT_PREFIX || comment.startsWith(`${COMMENT_PREFIX} `);
}
