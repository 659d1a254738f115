import type { Entry } from '../rules/entry';
import type { Mark } from '../rules/mark';
import { isSameButPort } from '../rules/publication';
import { type Change, mayTakeAll, toldInSteps } from './change';
import { EntryMap } from './entry-map';
import { answersChain, chainsFor, isFormerChain, isFormerSet, setOfAnswers } from './nft-chains';
import { decodeElements, decodeEntry, type ElementContent } from './nft-decoding';
import type { NftExpression } from './nft-expression';
import { GUARD_RULES } from './nft-guards';
import { lower, type NftNeed } from './nft-lowering';
import { expressionText } from './nft-notation';
import type { NftChain, NftElement, NftSet } from './nft-operation';
import { isPart, mayComeBack, type NftPresence, type VacatedElement } from './nft-presence';
import { type NftRule, RULE_COMMENT, rulesOf } from './nft-rules';
import { setFlags, setOf } from './nft-sets';
import { isPort, isSettled, type RuleState, type SetState, SetStates, type Slot } from './nft-slots';
import { holdsHomes, parseSpec, specName } from './nft-spec';

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
  /** What it has counted, where it counts. */
  readonly packets?: number;
}

/** What an owner has installed in its table, element by element, and what should be there. */
export class InstalledNft {
  readonly entries = new EntryMap<NftPresence>(({ entry }) => entry);
  sets = new SetStates();
  /** Chains that are there as they should be, and those that are there otherwise. */
  readonly chains = new Map<string, 'present' | 'wrong'>();
  /** In the order of GUARD_RULES. */
  readonly guards: readonly RuleState[] = GUARD_RULES.map(({ chain }) => ({ chain, handle: undefined }));
  /** Chains and sets of an earlier version, or of a mark that is no longer set, which hold nothing of others. */
  readonly formerChains: string[] = [];
  readonly formerSets: string[] = [];
  /** Own rules that are altered, doubled or left over. */
  readonly strayRules: { readonly chain: string; readonly handle: number }[] = [];
  /** Elements in own sets that make no sense. */
  readonly strayElements: { readonly state: SetState; readonly elements: readonly ReadElement[] }[] = [];
  /** How much is in the table that is not portshift's. */
  foreign = 0;
  /** Rules of others in own chains, in words. */
  readonly intruders: string[] = [];
  #leaving: NftPresence[] = [];
  /** What the kernel has where a slot was before it was moved. */
  vacated: VacatedElement[] = [];
  /** Slots that may not hold what they should; some of them more than once. */
  unsettled: Slot[] = [];
  /** The table is there; `asleep`: but does nothing (NFT_TABLE_F_DORMANT). */
  table: 'absent' | 'present' | 'asleep' = 'absent';
  /** It is another kind of table than is wanted, with nothing in it: it is made anew. */
  isReplaced = false;

  /** @param mark bits that are set on what is denied; undefined: none */
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

  /** The chain may be left over from a set that is gone: its state is made, so that it is found. */
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

  /** After all sets: rules are told by what they should be. */
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

  /** Nor a chain that is jumped to. */
  #keepAnswers(chain: string): void {
    for (const state of this.sets.states()) if (state.answers?.chain === chain) state.isInUse = true;
  }

  /** The kernel deletes a chain with all rules in it, and no set that a rule looks up. */
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

  /** In each chain, the guards come before all other rules, in one order. Else all of them are made again. */
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

  /** In the chain for what a set's ports send, the rule that lets all else go on comes before the one that drops. */
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

  /** All elements of one set. */
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

  /** The entries that have their home in one set; after all elements. */
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

  /** After what is removed by the same change. */
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

  /** To be followed by `dismiss` when all that the same change adds has been added. */
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

  /** What was removed, and is not back. */
  dismiss(): void {
    for (const presence of this.#leaving) if (presence.leaving !== undefined) this.#dismiss(presence);
    this.#leaving = [];
  }

  /** One whose home has been released. */
  #dismiss(presence: NftPresence): void {
    presence.leaving = undefined;
    for (let index = 1; index < presence.slots.length; index += 1) this.#release(presence.slots[index] as Slot);
    this.entries.delete(presence.entry);
  }

  #release(slot: Slot): void {
    slot.set.release(slot);
    this.unsettled.push(slot);
  }

  /** Whether it is a published port that is being removed from another port: then it is there again, and all but its home as it was. */
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

  /** With its slot, which is among the unsettled since it was released. */
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

  /** The table is gone, and everything with it. */
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

  /** The rules that belong to no set are gone, and whatever else was to be deleted by itself. */
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

/** Whether it is by this very element that the entry is recognized. */
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
