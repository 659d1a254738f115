import { type Change, leadsIn, partsOf, Regrouping } from '../../model/change';
import { inStrides } from '../../util/strides';
import { chainsFor } from './chains';
import { type ElementContent, type ElementKey, encodeElement, encodePoint } from './decoding';
import { GUARD_RULES } from './guards';
import type { InstalledNft } from './installed';
import type { ElementsOperation, NftElement, NftOperation } from './operation';
import { type NftRule, RULE_COMMENT, rulesOf } from './rules';
import { setOf } from './sets';
import { isSettled, type RuleState, type SetState } from './slots';

/** The maximum number of elements in one operation, so that no operation blocks the event loop. */
const PAGE = 32;

/**
 * The number of most recent pages that are searched for one with room. It suffices because no more sets than that are
 * filled in turns.
 */
const NEAR = 8;

export interface NftPlan {
  readonly operations: readonly NftOperation[];
  /** The rules that operations create, by the index of the operation. The kernel assigns a handle to each. */
  readonly made: ReadonlyMap<number, RuleState>;
}

export interface NftPlanOptions {
  /** True if the table is bound to the lifetime of this process. */
  readonly owner: boolean;
  /**
   * True if the table stays without entries, because there are connections that the kernel translates only as long as
   * it exists.
   */
  readonly keep: boolean;
}

/**
 * Plans the operations of one transaction that makes `change` and repairs the damage found in `installed`. The state of
 * `installed` is updated to that after the commit: if the operations are not committed, it must be read again.
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

  /** Deletes the table before it is created again. The elements that are wanted by now stay wanted. */
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
        // A chain that is jumped to cannot be deleted. The jumps to it are among the guards, or rules of the same set.
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

  /** Deletes the chains and sets of an earlier version. Their rules are stray rules, which are already deleted. */
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

  /**
   * Deletes a set with its elements. Its rules are deleted first, because the kernel keeps a set that a rule looks up.
   */
  #removeSet(state: SetState): void {
    this.#removeRules(state.rules);
    this.operations.push({ op: 'deleteSet', set: state.name });
    this.installed.unsettled.push(...state.lose());
  }

  /** Deletes the chain for answers of a set that does not exist. No rule is left in the chain, and none jumps to it. */
  #removeAnswers({ answers }: SetState): void {
    if (answers === undefined || !this.installed.chains.delete(answers.chain)) return;
    this.operations.push({ op: 'deleteChain', chain: answers.chain });
  }

  /**
   * Deletes and adds elements. Elements are deleted before others are added, because a key can exist only once, and
   * ranges must not overlap.
   */
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
        // A set that is not needed is deleted, with all elements in it.
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

/** Operations on the elements of sets, with a page of elements in each. */
class Pages {
  readonly pages: Page[] = [];

  constructor(readonly op: ElementsOperation['op']) {}

  /** Adds the kernel's elements for one decoded element, all to the same page. */
  add(place: ElementKey & { readonly set: SetState }, content: ElementContent): void {
    const { set } = place;
    const page = this.page(set);
    if (set.spec.ranges) page.push(...encodeElement(set.spec, place, content));
    else page.push(encodePoint(place, content));
  }

  /** Returns the elements of a page for the set that has room. */
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
