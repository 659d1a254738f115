import { type Change, mayTakeAll, toldInSteps } from '../../model/change';
import type { Entry } from '../../model/entry';
import { EntryMap } from '../../model/entry-map';
import type { Mark } from '../../model/mark';
import { isSameButPort } from '../../model/publication';
import { answersChain, chainsFor, isFormerChain, isFormerSet, setOfAnswers } from './chains';
import { decodeElements, decodeEntry, type ElementContent } from './decoding';
import type { NftExpression } from './expression';
import { GUARD_RULES } from './guards';
import { lower, type NftNeed } from './lowering';
import { expressionText } from './notation';
import type { NftChain, NftElement, NftSet } from './operation';
import { isPart, mayComeBack, type NftPresence, type VacatedElement } from './presence';
import { type NftRule, RULE_COMMENT, rulesOf } from './rules';
import { setFlags, setOf } from './sets';
import { isPort, isSettled, type RuleState, type SetState, SetStates, type Slot } from './slots';
import { holdsHomes, parseSpec, specName } from './spec';

export interface ReadChain extends Omit<NftChain, 'type' | 'hook'> {
  readonly type: string;
  readonly hook?: string;
  readonly accepts: boolean;
}

export interface ReadSet extends Pick<NftSet, 'set' | 'keyType' | 'keyLength' | 'counter'> {
  readonly flags: number;
  readonly dataType: number;
  readonly dataLength: number;
}

export interface ReadNftRule {
  readonly chain: string;
  readonly handle: number;
  readonly expressions: readonly NftExpression[];
  readonly comment?: string;
}

export interface ReadElement extends NftElement {
  /** The number of packets that it has counted, if it has a counter. */
  readonly packets?: number;
}

/** The state of an owner's table, element by element: what is installed, and what is wanted. */
export class InstalledNft {
  readonly entries = new EntryMap<NftPresence>(({ entry }) => entry);
  sets = new SetStates();
  /** The chains that exist. A chain is `wrong` if it differs from what its name requires. */
  readonly chains = new Map<string, 'present' | 'wrong'>();
  /** The guards, in the order of GUARD_RULES. */
  readonly guards: readonly RuleState[] = GUARD_RULES.map(({ chain }) => ({ chain, handle: undefined }));
  /**
   * The chains and sets of an earlier version, or of a mark that is no longer set, except those that foreign rules are
   * in or look up.
   */
  readonly formerChains: string[] = [];
  readonly formerSets: string[] = [];
  /** The own rules that are altered, duplicate or left over. */
  readonly strayRules: { readonly chain: string; readonly handle: number }[] = [];
  /** The elements in own sets that begin or end a range, but do not form one. */
  readonly strayElements: { readonly state: SetState; readonly elements: readonly ReadElement[] }[] = [];
  /** The number of objects in the table that are not portshift's. */
  foreign = 0;
  /** Descriptions of the foreign rules in own chains. */
  readonly intruders: string[] = [];
  #leaving: NftPresence[] = [];
  /** The elements that the kernel still has where slots were before they were moved. */
  vacated: VacatedElement[] = [];
  /** The slots that may not hold what is wanted there. A slot may be listed more than once. */
  unsettled: Slot[] = [];
  /** The state of the table. An `asleep` table exists but does nothing (NFT_TABLE_F_DORMANT). */
  table: 'absent' | 'present' | 'asleep' = 'absent';
  /** True if the table is of another kind than is wanted, and empty, so that it is deleted and created again. */
  isReplaced = false;

  /** @param mark the bits that are set on denied packets. Undefined: none */
  constructor(readonly mark: Mark | undefined) {}

  addChain(read: ReadChain): void {
    const expected = chainsFor(this.mark).find(({ chain }) => chain === read.chain) ?? this.#answersChain(read.chain);
    if (expected === undefined) {
      if (isFormerChain(read.chain, this.mark)) this.formerChains.push(read.chain);
      else this.foreign += 1;
      return;
    }
    const { type = '', hook, priority = 0 } = expected;
    const isRight = read.type === type && read.hook === hook && read.priority === priority && read.accepts;
    this.chains.set(read.chain, isRight ? 'present' : 'wrong');
  }

  /**
   * Returns the chain for answers of that name, or undefined for any other name. The chain may be left over from a set
   * that no longer exists, so the state of the set is created, by which the chain is found.
   */
  #answersChain(chain: string): NftChain | undefined {
    const spec = setOfAnswers(chain);
    return spec === undefined ? undefined : answersChain(this.sets.state(spec).name);
  }

  addSet(read: ReadSet): void {
    const spec = parseSpec(read.set);
    if (spec === undefined) {
      if (isFormerSet(read.set)) this.formerSets.push(read.set);
      else this.foreign += 1;
      return;
    }
    const state = this.sets.state(spec);
    state.presence = isAsExpected(read, setOf(spec)) ? 'present' : 'wrong';
    state.rules = rulesOf(spec, this.mark).map(({ chain }) => ({ chain, handle: undefined }));
  }

  /**
   * Adds the rules of the table. All sets must have been added before, because a rule is identified by the rules that
   * the sets should have.
   */
  addRules(rules: readonly ReadNftRule[]): void {
    const expected = new Map<string, RuleState>();
    const expect = (rule: NftRule, state: RuleState) => expected.set(ruleText(rule), state);
    for (const state of this.sets.states()) {
      for (const [index, rule] of rulesOf(state.spec, this.mark).entries()) {
        const known = state.rules[index];
        if (known !== undefined && state.presence === 'present') expect(rule, known);
      }
    }
    for (const [index, rule] of GUARD_RULES.entries()) {
      const known = this.guards[index];
      if (known !== undefined) expect(rule, known);
    }
    for (const read of rules) {
      const state = read.comment === RULE_COMMENT ? expected.get(ruleText(read)) : undefined;
      if (state !== undefined && state.handle === undefined) state.handle = read.handle;
      else if (read.comment === RULE_COMMENT) this.strayRules.push({ chain: read.chain, handle: read.handle });
      else this.#addForeign(read);
    }
    this.#checkOrder(rules);
    for (const state of this.sets.states()) this.#checkAnswers(state, rules);
  }

  #addForeign({ chain, expressions }: ReadNftRule): void {
    this.foreign += 1;
    if (this.chains.has(chain)) this.intruders.push(`${chain} holds a rule of others`);
    this.#keepFormer(this.formerChains, chain);
    this.#keepAnswers(chain);
    for (const one of expressions) {
      if ('set' in one) this.#keepSet(one.set);
      if ('chain' in one) this.#keepAnswers(one.chain);
    }
  }

  /**
   * Keeps a set whose chain for answers has a foreign rule, or is the target of one. The kernel does not delete a chain
   * that a rule jumps to.
   */
  #keepAnswers(chain: string): void {
    for (const state of this.sets.states()) if (state.answers?.chain === chain) state.isInUse = true;
  }

  /**
   * Keeps a chain or set of an earlier version that a foreign rule is in or looks up. The kernel deletes a chain with
   * all rules in it, and does not delete a set that a rule looks up.
   */
  #keepFormer(former: string[], name: string): void {
    const index = former.indexOf(name);
    if (index < 0) return;
    former.splice(index, 1);
    this.foreign += 1;
  }

  #keepSet(name: string): void {
    this.#keepFormer(this.formerSets, name);
    for (const state of this.sets.states()) if (state.name === name) state.isInUse = true;
  }

  /**
   * Checks that the guards precede all other rules of their chain, in the expected order. Otherwise all guards of the
   * chain are deleted and created again.
   */
  #checkOrder(rules: readonly ReadNftRule[]): void {
    const chains = new Set(this.guards.map(({ chain }) => chain));
    for (const chain of chains) {
      const guards = this.guards.filter((guard) => guard.chain === chain).toReversed();
      const order = rules.filter((rule) => rule.chain === chain).map(({ handle }) => handle);
      if (guards.every(({ handle }, index) => handle !== undefined && handle === order[index])) continue;
      for (const guard of guards) {
        if (guard.handle !== undefined) this.strayRules.push({ chain, handle: guard.handle });
        guard.handle = undefined;
      }
    }
  }

  /**
   * Checks that in a set's chain for answers the rule that returns all other packets precedes the one that drops.
   * Otherwise both are deleted and created again.
   */
  #checkAnswers({ answers, rules: own }: SetState, rules: readonly ReadNftRule[]): void {
    if (answers === undefined) return;
    const order = rules.filter(({ chain }) => chain === answers.chain).map(({ handle }) => handle);
    const [passing, dropping] = own.filter(({ chain }) => chain === answers.chain);
    if (passing?.handle === undefined || dropping?.handle === undefined) return;
    if (order.indexOf(passing.handle) < order.indexOf(dropping.handle)) return;
    for (const rule of [passing, dropping]) {
      if (rule.handle !== undefined) this.strayRules.push({ chain: rule.chain, handle: rule.handle });
      rule.handle = undefined;
    }
  }

  /** Adds all elements of one set. */
  *addElements(state: SetState, elements: readonly ReadElement[]): Generator<void> {
    if (state.presence === 'absent') return;
    const rest: ReadElement[] = [];
    for (const found of decodeElements(state.spec, elements, rest)) {
      const { data, comment, element } = found;
      const slot = state.slot(found);
      slot.installed = { data, comment };
      slot.packets = element.packets ?? 0;
      yield;
    }
    if (rest.length > 0) this.strayElements.push({ state, elements: rest });
  }

  /** Adds the entries that have their primary element in one set. All elements must have been added before. */
  *findEntries(state: SetState): Generator<void> {
    if (!holdsHomes(state.spec)) return;
    for (const slot of [...state.slots()]) {
      yield;
      const { prefix, first, last, installed } = slot;
      if (installed === undefined) continue;
      const entry = decodeEntry(state.spec, { prefix, first, last, data: installed.data, comment: installed.comment });
      const needs = entry === undefined ? undefined : lower(entry);
      if (entry !== undefined && needs !== undefined && isHome(needs, slot)) this.#enter(entry, needs);
    }
  }

  /** Adds an entry. The entries that the same change removes must have been removed before. */
  add(entry: Entry): void {
    if (isPart(entry) || this.#comesBack(entry)) return;
    const needs = lower(entry);
    if (needs !== undefined) this.#enter(entry, needs);
  }

  #enter(entry: Entry, needs: readonly NftNeed[]): void {
    if (this.entries.get(entry) !== undefined) return;
    const slots = needs.map((need) => this.sets.claim(need));
    for (const slot of slots) this.unsettled.push(slot);
    const shared = slots.some(isShared) ? slots.filter(isShared) : NONE;
    this.entries.add({ entry, slots, shared, leaving: undefined });
  }

  /** Removes an entry. `dismiss` must be called when all entries that the same change adds have been added. */
  remove(entry: Entry): void {
    if (isPart(entry)) return;
    const presence = this.entries.get(entry);
    const home = presence?.slots[0];
    if (presence === undefined || home === undefined) return;
    const held = isSettled(home) ? home.installed : undefined;
    this.#release(home);
    if (held !== undefined && mayComeBack(presence)) {
      presence.leaving = held;
      this.#leaving.push(presence);
    } else this.#dismiss(presence);
  }

  /** Completes the removal of the entries that were removed and have not come back. */
  dismiss(): void {
    for (const presence of this.#leaving) if (presence.leaving !== undefined) this.#dismiss(presence);
    this.#leaving = [];
  }

  /** Completes the removal of an entry whose primary element has been released. */
  #dismiss(presence: NftPresence): void {
    presence.leaving = undefined;
    for (let index = 1; index < presence.slots.length; index += 1) this.#release(presence.slots[index] as Slot);
    this.entries.delete(presence.entry);
  }

  #release(slot: Slot): void {
    slot.set.release(slot);
    this.unsettled.push(slot);
  }

  /**
   * Returns true if the entry is a published port that is being removed from another port. It is then entered again on
   * its new port, with all elements but the primary one as they were.
   */
  #comesBack(entry: Entry): boolean {
    const { publication } = entry;
    if (publication === undefined || typeof publication.port !== 'number' || this.#leaving.length === 0) return false;
    for (const presence of this.entries.named(publication.name)) {
      const { leaving, slots } = presence;
      const before = presence.entry.publication;
      const home = slots[0];
      if (leaving === undefined || home === undefined || before === undefined) continue;
      if (!isSameButPort(before, publication)) continue;
      if (this.#mayMove(home, publication.port)) this.#move(home, publication.port, leaving);
      else {
        slots[0] = this.sets.claimAt(publication.port, home, leaving);
        this.unsettled.push(slots[0]);
      }
      presence.entry = entry;
      presence.leaving = undefined;
      return true;
    }
    return false;
  }

  #mayMove(home: Slot, port: number): boolean {
    return isPort(home) && home.set.presence === 'present' && home.set.at(port) === undefined && !this.isReplaced;
  }

  /**
   * Moves a primary element to another port, with its slot, which is among the unsettled slots since it was released.
   */
  #move(home: Slot, port: number, content: ElementContent): void {
    const { set, prefix, first, last } = home;
    this.vacated.push({ set, prefix, first, last, ...content });
    set.move(home, port);
    set.want(home, content);
  }

  *isEmptiedBy(change: Change): Generator<void, boolean> {
    if (!mayTakeAll(change, this.entries.size)) return false;
    let count = 0;
    const { removed } = yield* toldInSteps(change);
    for (const entry of removed) {
      if (this.entries.get(entry) !== undefined) count += 1;
      yield;
    }
    return count === this.entries.size;
  }

  /** Records that the table is deleted, with everything in it. */
  reset(): void {
    this.table = 'absent';
    this.sets = new SetStates();
    this.forgetRules();
    this.chains.clear();
    this.entries.clear();
    this.unsettled = [];
    this.#leaving = [];
    this.vacated = [];
  }

  /**
   * Discards the state of the rules that belong to no set, and of everything else that was to be deleted separately:
   * all of it is deleted with the table.
   */
  forgetRules(): void {
    for (const guard of this.guards) guard.handle = undefined;
    this.formerChains.length = 0;
    this.formerSets.length = 0;
    this.strayRules.length = 0;
    this.strayElements.length = 0;
  }
}

const NONE: readonly never[] = [];

function isShared({ users }: Slot): boolean {
  return users > 1;
}

function isAsExpected(read: ReadSet, expected: NftSet): boolean {
  return (
    read.flags === setFlags(expected) &&
    read.keyType === expected.keyType &&
    read.keyLength === expected.keyLength &&
    read.dataType === (expected.dataType ?? 0) &&
    read.dataLength === (expected.dataLength ?? 0) &&
    read.counter === expected.counter
  );
}

/** Returns true if the entry is identified by this very element. */
function isHome([home]: readonly NftNeed[], { set, prefix, first, last, installed }: Slot): boolean {
  if (home === undefined || installed === undefined || !home.home) return false;
  const spec = set.spec.layer === 1 ? home.spec : { ...home.spec, layer: set.spec.layer };
  return (
    specName(spec) === set.name &&
    home.prefix === prefix &&
    home.first === first &&
    home.last === last &&
    home.data === installed.data &&
    home.comment === installed.comment
  );
}

function ruleText({ chain, expressions }: Pick<ReadNftRule, 'chain' | 'expressions'>): string {
  return `${chain} ${expressions.map(expressionText).join(' ')}`;
}
