import { type Entry, entryKey, parseEntry } from '../../model/entry';
import { EntryMap } from '../../model/entry-map';
import type { Mark } from '../../model/mark';
import { type Port, spanOf } from '../../model/port';
import type { ReadRule, RulePlace } from '../../model/read-rule';
import type { Family, Protocol, TableRule } from '../../model/table-rule';
import { ChainStates } from './chain-states';
import { COMMENT_PREFIX, chainPrefix, TRACKING_RULE, trackingChain } from './chains';
import { isFormerLead } from './former';
import { GUARDED_CHAIN, GuardState, needsGuards } from './guards';
import { Intent } from './intent';
import { FAMILIES } from './phases';
import { MARK_PREFIX, type Placement, prefixIn, ruleOf } from './placement';
import { Placements } from './placements';
import { covers, type OwnChain, type PortKey, PortTree } from './port-tree';
import { isBegun, isWhole, type Presence, settle } from './presence';

/** An own rule that belongs to nothing: it is altered, duplicate or left over. */
export interface Stray extends RulePlace {
  readonly rule: TableRule;
}

/**
 * The number of rules that a chain gets before new ones go further down its tree. A few published ports thus share one
 * chain, and with many of them no packet traverses more than some dozens of rules on its way to the right one.
 */
export const ROOM = 16;

/** The rules that one owner has installed in the legacy tables. */
export class InstalledTables {
  readonly entries = new EntryMap<Presence>(({ entry }) => entry);
  readonly strays: Stray[] = [];
  /** Descriptions of the foreign rules in own chains. */
  readonly intruders: string[] = [];
  /**
   * The families with the chain that keeps connection tracking on for connections that outlive the rules. `rule` is
   * true if the chain has its rule.
   */
  readonly tracking = new Map<Family, { rule: boolean }>();
  /** The crash journal: a change that was begun, as it was recorded. */
  readonly intent: Intent;
  readonly #guards: Readonly<Record<Family, GuardState>> = {
    ipv4: new GuardState('ipv4'),
    ipv6: new GuardState('ipv6'),
  };
  /** The entries that are installed as the previous version installed them. */
  readonly #former = new Set<Presence>();
  readonly chains: ChainStates;
  /** The entries that close a port, by protocol and port. */
  readonly #closing: Readonly<Record<Protocol, Map<Port, Presence[]>>> = { tcp: new Map(), udp: new Map() };
  readonly #tree: PortTree;
  readonly #placements: Placements;

  constructor(
    readonly owner: string,
    /** The bits that are set on denied packets. Undefined: none. */
    readonly mark: Mark | undefined,
    room = ROOM,
  ) {
    this.#tree = new PortTree(owner);
    this.chains = new ChainStates(this.#tree, room);
    this.#placements = new Placements(mark);
    this.intent = new Intent(owner);
  }

  /** Returns the own chain of that name, or undefined for a chain that is foreign in spite of its name. */
  find(name: string): OwnChain | undefined {
    return this.#tree.find(name);
  }

  guards(family: Family): GuardState {
    return this.#guards[family];
  }

  /** Returns the families in which connections may have been redirected. */
  translating(): Set<Family> {
    const found = new Set(this.tracking.keys());
    for (const family of FAMILIES) {
      const roots = [this.#tree.root('pre'), this.#tree.root('out')];
      if (roots.some((root) => this.chains.of(family, root).exists)) found.add(family);
    }
    return found;
  }

  /** Returns the placements that the entry consists of. */
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

  /** Returns the presence of the entry with that key, or undefined if there is none. */
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

  /**
   * Returns the number of packets that an entry has counted. A denied packet is counted by the first of the rules that
   * close its port, and is reported for each of their entries.
   */
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

  /**
   * Returns descriptions of everything that is not as portshift would have left it. The list is empty if there is no
   * damage.
   */
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

  /**
   * Returns the state of an entry, according to its rules and the crash journal: `whole` if it is complete, `begun` if
   * it is to be completed, and `rest` if it is to be removed.
   */
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

  /**
   * Returns true if the previous version identified the entry by this rule: by the one in the first of its families.
   */
  #isFormer(entry: Entry, read: ReadRule, home: OwnChain): boolean {
    return read.family === this.placementsOf(entry)[0]?.family && isFormerLead(read, home.id, entry);
  }

  /**
   * Adds a guard, and returns true. Returns false for any other rule. Guards must precede all other rules of the chain.
   */
  #addGuard(read: ReadRule, home: OwnChain): boolean {
    if (home !== this.#tree.root(GUARDED_CHAIN)) return false;
    const guards = this.guards(read.family);
    const index = guards.rules.findIndex((rule) => read.says(rule));
    if (index < 0) return false;
    const before = this.chains.of(read.family, home).rules - 1;
    const isDoubled = guards.present[index] === true;
    guards.present[index] = !isDoubled && before <= guards.count;
    // A deletion applies to the first of two equal rules: both are deleted, and one is inserted at the top.
    if (isDoubled) this.#addStray(read);
    if (!guards.present[index]) this.#addStray(read);
    return true;
  }

  /** Returns the index of the rule among the placements that are still missing, or -1 if it is none of them. */
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

/** Returns the bits that the owner's installed rules set on denied packets, or undefined if none of them sets any. */
export function installedMark(owner: string, rules: Iterable<ReadRule>): Mark | undefined {
  for (const read of rules) {
    if (!read.chain.startsWith(`${chainPrefix(owner)}mark`)) continue;
    if (!read.comment.startsWith(`${COMMENT_PREFIX} ${MARK_PREFIX}`)) continue;
    const { target } = read.rule;
    if (target.target === 'MARK') return { value: target.value, mask: target.mask };
  }
  return undefined;
}

/** Returns the ports that the rules of an entry match. */
export function portsOf({ rule: { protocol, port } }: Entry): PortKey {
  return { protocol, span: spanOf(port) };
}

/** Returns what groupOf() returns for the entry with that key. */
function groupIn(key: string): string {
  const at = key.indexOf(NAME);
  if (at < 0) return key;
  const from = at + NAME.length;
  const end = key.indexOf(' ', from);
  return key.slice(from, end < 0 ? undefined : end);
}

/** The text before the name, in the key of an entry that has one. */
const NAME = ' name=';

/** Returns true if the comment shows that portshift installed the rule. */
function isOurs({ comment }: ReadRule): boolean {
  return comment === COMMENT_PREFIX || comment.startsWith(`${COMMENT_PREFIX} `);
}
