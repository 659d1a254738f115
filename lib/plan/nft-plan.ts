import { type Change, leadsIn, partsOf, Regrouping } from './change';
import { chainsFor } from './nft-chains';
import { type ElementContent, type ElementKey, encodeElement, encodePoint } from './nft-decoding';
import { GUARD_RULES } from './nft-guards';
import type { InstalledNft } from './nft-installed';
import type { ElementsOperation, NftElement, NftOperation } from './nft-operation';
import { type NftRule, RULE_COMMENT, rulesOf } from './nft-rules';
import { setOf } from './nft-sets';
import { isSettled, type RuleState, type SetState } from './nft-slots';
import { inStrides } from './strides';

/** How many elements one operation carries at most, so that none holds up the event loop. */
const PAGE = 32;

/** Among so many pages there is one with room, if there is one: more sets than that are not filled in turns. */
const NEAR = 8;

export interface NftPlan {
  readonly operations: readonly NftOperation[];
  /** The rules that operations make, by the index of the operation: the kernel gives each a handle. */
  readonly made: ReadonlyMap<number, RuleState>;
}

export interface NftPlanOptions {
  /** The table is bound to the life of this process. */
  readonly owner: boolean;
  /** The table stays without entries, as connections run that the kernel translates as long as it is there. */
  readonly keep: boolean;
}

/**
 * The operations of one transaction that make `change` real, repairs of what `installed` finds damaged included.
 * `installed` is brought up to what it will be once they are committed; read it again when they are not.
 */
export function* planNft(installed: InstalledNft, change: Change, options: NftPlanOptions): Generator<void, NftPlan> {
  const parts = partsOf(change);
  yield* inStrides(parts, (part) => {
    for (const entry of part instanceof Regrouping ? leadsIn(part.before) : part.removed) installed.remove(entry);
  });
  yield* inStrides(parts, (part) => {
    for (const entry of part instanceof Regrouping ? leadsIn(part.after) : part.added) installed.add(entry);
  });
  installed.dismiss();
  const planner = new NftPlanner(installed, options);
  if (installed.entries.size === 0 && installed.foreign === 0 && !options.keep) planner.removeTable();
  else yield* planner.makeTable();
  return planner;
}

class NftPlanner implements NftPlan {
  readonly operations: NftOperation[] = [];
  readonly made = new Map<number, RuleState>();

  constructor(
    readonly installed: InstalledNft,
    readonly options: NftPlanOptions,
  ) {}

  removeTable(): void {
    const { installed } = this;
    if (installed.table !== 'absent') this.operations.push({ op: 'deleteTable' });
    installed.reset();
  }

  /** What is wanted by now stays wanted. */
  #replaceTable(): void {
    const { installed } = this;
    this.operations.push({ op: 'deleteTable' });
    installed.isReplaced = false;
    installed.table = 'absent';
    installed.chains.clear();
    installed.forgetRules();
    for (const state of installed.sets.states()) state.lose();
  }

  *makeTable(): Generator<void> {
    const { installed } = this;
    const { owner } = this.options;
    if (installed.isReplaced) this.#replaceTable();
    if (installed.table !== 'present') {
      this.operations.push({ op: 'newTable', owner, ...(installed.table === 'asleep' && { exists: true }) });
      installed.table = 'present';
    }
    for (const { chain, handle } of installed.strayRules.splice(0)) {
      this.operations.push({ op: 'deleteRule', chain, handle });
    }
    this.#makeChains();
    for (const [index, rule] of GUARD_RULES.entries()) {
      const guard = installed.guards[index];
      if (guard !== undefined) this.#makeRule(rule, guard);
    }
    for (const state of installed.sets.states()) this.#makeSet(state);
    this.#removeFormer();
    yield* this.#fillSets();
    for (const state of installed.sets.states()) {
      if (state.isNeeded) continue;
      if (state.presence === 'present') this.#removeSet(state);
      this.#removeAnswers(state);
    }
  }

  #makeChains(): void {
    const { chains, sets, guards, mark } = this.installed;
    const answers = sets.states().flatMap((state) => (state.isNeeded && state.answers ? [state.answers] : []));
    for (const chain of [...chainsFor(mark), ...answers]) {
      const presence = chains.get(chain.chain);
      if (presence === 'present') continue;
      if (presence === 'wrong') {
        // A chain that is jumped to cannot be deleted: the jumps to it are among the guards, or of the same set.
        for (const { rules, answers } of sets.states()) {
          const isJumpedTo = answers?.chain === chain.chain;
          this.#removeRules(isJumpedTo ? rules : rules.filter((rule) => rule.chain === chain.chain));
        }
        this.#removeRules(guards);
        this.operations.push({ op: 'deleteChain', chain: chain.chain });
      }
      this.operations.push({ op: 'newChain', ...chain });
      chains.set(chain.chain, 'present');
    }
  }

  #makeSet(state: SetState): void {
    if (state.presence === 'wrong') this.#removeSet(state);
    if (!state.isNeeded || (state.presence === 'present' && state.rules.every(({ handle }) => handle !== undefined)))
      return;
    const rules = rulesOf(state.spec, this.installed.mark);
    if (state.presence === 'absent') {
      this.operations.push({ op: 'newSet', ...setOf(state.spec) });
      state.presence = 'present';
      state.rules = rules.map(({ chain }) => ({ chain, handle: undefined }));
    }
    for (const [index, rule] of rules.entries()) {
      const known = state.rules[index];
      if (known !== undefined) this.#makeRule(rule, known);
    }
  }

  /** Rules of an earlier version are among the stray ones, and gone by now. */
  #removeFormer(): void {
    const { formerChains, formerSets } = this.installed;
    for (const chain of formerChains.splice(0)) this.operations.push({ op: 'deleteChain', chain });
    for (const set of formerSets.splice(0)) this.operations.push({ op: 'deleteSet', set });
  }

  #makeRule({ chain, position, expressions }: NftRule, state: RuleState): void {
    if (state.handle !== undefined) return;
    this.made.set(this.operations.length, state);
    this.operations.push({ op: 'newRule', chain, position, expressions, comment: RULE_COMMENT });
  }

  #removeRules(rules: readonly RuleState[]): void {
    for (const rule of rules) {
      if (rule.handle === undefined) continue;
      this.operations.push({ op: 'deleteRule', chain: rule.chain, handle: rule.handle });
      rule.handle = undefined;
    }
  }

  /** With its elements; rules first, as the kernel keeps a set that is looked up. */
  #removeSet(state: SetState): void {
    this.#removeRules(state.rules);
    this.operations.push({ op: 'deleteSet', set: state.name });
    this.installed.unsettled.push(...state.lose());
  }

  /** The chain of a set that is not there: no rule is left in it, or jumps to it. */
  #removeAnswers({ answers }: SetState): void {
    if (answers === undefined || !this.installed.chains.delete(answers.chain)) return;
    this.operations.push({ op: 'deleteChain', chain: answers.chain });
  }

  /** What goes, goes before what comes: a key may be there once only, and ranges may not overlap. */
  *#fillSets(): Generator<void> {
    const { installed } = this;
    const deleted = new Pages('deleteElements');
    const added = new Pages('newElements');
    for (const { state, elements } of installed.strayElements.splice(0)) {
      if (state.presence !== 'present' || !state.isNeeded) continue;
      for (const element of elements) deleted.page(state).push(element);
    }
    yield* inStrides(installed.vacated, (element) => {
      if (element.set.isNeeded) deleted.add(element, element);
    });
    installed.vacated = [];
    yield* inStrides(installed.unsettled, (slot) => {
      const { set, installed: before, wanted } = slot;
      if (!isSettled(slot)) {
        // Else the set goes, with all that is in it.
        if (before !== undefined && set.isNeeded) deleted.add(slot, before);
        if (wanted !== undefined) added.add(slot, wanted);
        slot.installed = wanted;
        slot.packets = 0;
      }
      set.forget(slot);
    });
    installed.unsettled = [];
    for (const page of deleted.pages) this.operations.push(page);
    for (const page of added.pages) this.operations.push(page);
  }
}

type Page = ElementsOperation & { readonly elements: NftElement[] };

/** Elements of sets, a page of them in each operation. */
class Pages {
  readonly pages: Page[] = [];

  constructor(readonly op: ElementsOperation['op']) {}

  /** Elements that belong together stay together. */
  add(place: ElementKey & { readonly set: SetState }, content: ElementContent): void {
    const { set } = place;
    const page = this.page(set);
    if (set.spec.ranges) page.push(...encodeElement(set.spec, place, content));
    else page.push(encodePoint(place, content));
  }

  /** The elements of one that has room. */
  page({ name }: SetState): NftElement[] {
    for (let index = this.pages.length - 1; index >= Math.max(0, this.pages.length - NEAR); index -= 1) {
      const { set, elements } = this.pages[index] as Page;
      if (set === name && elements.length < PAGE) return elements;
    }
    const elements: NftElement[] = [];
    this.pages.push({ op: this.op, set: name, elements });
    return elements;
  }
}
