import { type Entry, entryKey, parseEntry } from '../rules/entry';
import type { Mark } from '../rules/mark';
import { sameRule } from '../tables/same-rule';
import type { Counters, Family, TableName, TableRule } from '../tables/table-rule';
import {
  CHAIN_IDS,
  CHAINS,
  type ChainId,
  COMMENT_PREFIX,
  chainName,
  chainPrefix,
  jumpRule,
  TRACKING_RULE,
  trackingChain,
} from './chains';
import { dropPlacement, needsDrop, type Placement, placementsOf } from './placement';

/** A rule as it was read, and where. */
export interface ReadRule {
  readonly family: Family;
  readonly table: TableName;
  readonly chain: string;
  readonly rule: TableRule;
  readonly counters: Counters;
}

/** What one own chain holds. */
export interface ChainState {
  exists: boolean;
  jumped: boolean;
  /** Rules in it, foreign ones included. */
  rules: number;
}

/** How much of an entry is installed: bit i stands for placement i. */
export interface Presence {
  readonly entry: Entry;
  readonly placements: readonly Placement[];
  mask: number;
  /** Packets counted by the placements that decide: nat rules, marking rules. */
  packets: number;
}

/** A rule of ours that is no part of anything: altered, doubled or left over. */
export interface Stray {
  readonly family: Family;
  readonly table: TableName;
  readonly chain: string;
  readonly rule: TableRule;
}

/** What an owner has installed in the legacy tables, rule by rule. */
export class InstalledTables {
  readonly entries = new Map<string, Presence>();
  readonly strays: Stray[] = [];
  /** The families in which connection tracking is kept on for connections that outlive the rules. */
  readonly tracking = new Map<Family, { rule: boolean }>();
  readonly #chains = new Map<string, ChainState>();
  readonly #drops = new Map<Family, { present: boolean; users: number }>();
  readonly #jumps: Map<string, TableRule>;
  readonly #ids: Map<string, ChainId>;

  constructor(
    readonly owner: string,
    readonly mark: Mark,
  ) {
    this.#ids = new Map(CHAIN_IDS.map((id) => [chainName(owner, id), id]));
    this.#jumps = new Map(CHAIN_IDS.map((id) => [chainName(owner, id), jumpRule(owner, id, mark)]));
  }

  chain(family: Family, id: ChainId): ChainState {
    const key = `${family} ${id}`;
    let state = this.#chains.get(key);
    if (state === undefined) {
      state = { exists: false, jumped: false, rules: 0 };
      this.#chains.set(key, state);
    }
    return state;
  }

  /** The shared drop rule of one family: whether it is there, and how many entries need it. */
  drop(family: Family): { present: boolean; users: number } {
    let state = this.#drops.get(family);
    if (state === undefined) {
      state = { present: false, users: 0 };
      this.#drops.set(family, state);
    }
    return state;
  }

  /** The families in which connections may have been redirected. */
  translating(): Set<Family> {
    const found = new Set(this.tracking.keys());
    for (const family of ['ipv4', 'ipv6'] as const) {
      if (this.chain(family, 'pre').exists || this.chain(family, 'out').exists) found.add(family);
    }
    return found;
  }

  presence(entry: Entry): Presence {
    const key = entryKey(entry);
    let presence = this.entries.get(key);
    if (presence === undefined) {
      presence = { entry, placements: placementsOf(entry, this.mark), mask: 0, packets: 0 };
      this.entries.set(key, presence);
      this.#countDropUsers(entry, 1);
    }
    return presence;
  }

  forget(entry: Entry): void {
    if (this.entries.delete(entryKey(entry))) this.#countDropUsers(entry, -1);
  }

  addChain(family: Family, name: string): void {
    const id = this.#ids.get(name);
    if (id !== undefined) this.chain(family, id).exists = true;
    else if (name === trackingChain(this.owner)) this.tracking.set(family, { rule: false });
  }

  addRule(read: ReadRule): void {
    const id = this.#ids.get(read.chain);
    if (read.chain === trackingChain(this.owner)) this.#addTracking(read);
    else if (id === undefined) this.#addJump(read);
    else this.#addOwn(read, id);
  }

  /** Everything that is not as portshift would have left it, in words; empty when all is well. */
  damage(): string[] {
    const found: string[] = [];
    for (const stray of this.strays)
      found.push(`${stray.family} ${stray.table} ${stray.chain} holds a rule that is out of place`);
    for (const [key, { exists, jumped, rules }] of this.#chains) {
      if (exists && rules > 0 && !jumped) found.push(`the jump to ${key} is missing`);
      if (exists && rules === 0) found.push(`${key} is empty`);
    }
    for (const [family, { present, users }] of this.#drops) {
      if (present !== users > 0) found.push(`the drop rule in ${family} is ${present ? 'left over' : 'missing'}`);
    }
    for (const [key, presence] of this.entries) {
      if (!isWhole(presence)) found.push(`"${key}" is incomplete`);
    }
    return found;
  }

  #parse(text: string): Presence | undefined {
    const entry = parseEntry(text);
    return entry === undefined ? undefined : this.presence(entry);
  }

  #countDropUsers(entry: Entry, by: number): void {
    for (const family of ['ipv4', 'ipv6'] as const) {
      if (needsDrop(entry, family)) this.drop(family).users += by;
    }
  }

  #addTracking({ family, table, chain, rule }: ReadRule): void {
    if (commentOf(rule) === undefined) return;
    const tracking = this.tracking.get(family);
    if (tracking?.rule === false && sameRule(rule, TRACKING_RULE)) tracking.rule = true;
    else this.strays.push({ family, table, chain, rule });
  }

  #addJump({ family, table, chain, rule }: ReadRule): void {
    if (rule.target.target !== 'jump' && rule.target.target !== 'goto') return;
    const id = this.#ids.get(rule.target.chain);
    const expected = this.#jumps.get(rule.target.chain);
    if (id === undefined || commentOf(rule) !== COMMENT_PREFIX) return;
    const state = this.chain(family, id);
    const right = CHAINS[id].hook === chain && CHAINS[id].table === table && sameRule(rule, expected);
    if (right && !state.jumped) state.jumped = true;
    else this.strays.push({ family, table, chain, rule });
  }

  #addOwn(read: ReadRule, id: ChainId): void {
    const { family, table, chain, rule, counters } = read;
    this.chain(family, id).rules += 1;
    const comment = commentOf(rule);
    if (comment === undefined || !comment.startsWith(`${COMMENT_PREFIX} `)) return;
    const stray = () => this.strays.push({ family, table, chain, rule });
    if (comment === `${COMMENT_PREFIX} drop`) {
      const drop = this.drop(family);
      if (drop.present || !sameRule(rule, dropPlacement(family, this.mark).rule)) stray();
      else drop.present = true;
      return;
    }
    const text = comment.slice(COMMENT_PREFIX.length + 1);
    const presence = this.entries.get(text) ?? this.#parse(text);
    if (presence === undefined) {
      stray();
      return;
    }
    const index = presence.placements.findIndex(
      (one, i) => one.family === family && one.chain === id && !(presence.mask & (1 << i)) && sameRule(one.rule, rule),
    );
    if (index < 0) {
      stray();
      return;
    }
    presence.mask |= 1 << index;
    if (table !== 'filter') presence.packets += counters.packets;
  }
}

/** The mark the owner's installed rules use; undefined where none does. */
export function installedMark(owner: string, rules: Iterable<ReadRule>): Mark | undefined {
  for (const { chain, rule } of rules) {
    if (!chain.startsWith(chainPrefix(owner)) || rule.target.target !== 'MARK') continue;
    if (commentOf(rule)?.startsWith(`${COMMENT_PREFIX} `)) return { value: rule.target.value, mask: rule.target.mask };
  }
  return undefined;
}

export function isWhole({ mask, placements }: Presence): boolean {
  return mask === (1 << placements.length) - 1;
}

/** Whether the placement that decides, the first to be put in, is there. */
export function isBegun({ mask }: Presence): boolean {
  return (mask & 1) === 1;
}

function commentOf(rule: TableRule): string | undefined {
  for (const match of rule.matches) {
    if (match.match === 'comment') return match.comment;
  }
  return undefined;
}
