import type { Entry } from '../rules/entry';
import { spanOf } from '../rules/port';
import type { Family } from '../tables/table-rule';
import type { ChainState } from './chain-states';
import { CHAINS, TRACKING_RULE, trackingChain } from './chains';
import { type Change, toldInSteps } from './change';
import { ClosedPorts } from './closed-ports';
import { EntryOperation } from './entry-operation';
import { type InstalledTables, portsOf } from './installed';
import { INTENT, needsIntent } from './intent';
import {
  ADDING,
  FAMILIES,
  isEarlier,
  type OwnTable,
  type Phase,
  PhasedOperations,
  REMOVING,
  type Step,
  type TableOperation,
} from './phases';
import { dropPlacement, type Placement } from './placement';
import { homeOf, settle } from './presence';
import { inStrides } from './strides';

/**
 * The steps that make `change` real, repairs of what `installed` finds damaged included. `installed` is brought up to
 * what it will be once they are all committed; read it again when they are not.
 * @param keepTracking families in which running connections outlive the last of the rules
 */
export function* planSteps(
  installed: InstalledTables,
  change: Change,
  keepTracking?: ReadonlySet<Family>,
): Generator<void, Step[]> {
  const told = yield* toldInSteps(change);
  const planner = new StepPlanner(installed, told);
  yield* inStrides(told.removed, (entry) => planner.remove(entry));
  yield* inStrides(told.added, (entry) => planner.add(entry));
  planner.clean(keepTracking);
  yield* planner.tidy();
  return planner.steps();
}

class StepPlanner {
  readonly #operations = new PhasedOperations();
  /** Of chains that are missing, or nothing jumps to: the first phase with an operation on them. */
  readonly #first = new Map<ChainState, Phase>();
  readonly #closing: ClosedPorts;
  readonly #opening: ClosedPorts;

  constructor(
    readonly installed: InstalledTables,
    readonly change: Change,
  ) {
    this.#closing = new ClosedPorts(change.added);
    this.#opening = new ClosedPorts(change.removed);
  }

  add(entry: Entry): void {
    const presence = this.installed.presence(entry);
    let index = 0;
    for (const placement of this.installed.placementsOf(entry)) {
      if (!(presence.mask & (1 << index))) {
        const phase = this.#addingPhase(entry, CHAINS[placement.chain].table);
        settle(presence, index, this.#put(phase, placement, entry));
      }
      index += 1;
    }
  }

  remove(entry: Entry): void {
    const presence = this.installed.presence(entry);
    let index = 0;
    for (const { rule } of this.installed.placementsOf(entry)) {
      const home = homeOf(presence, index);
      if (home !== undefined) {
        const { table } = home.chain;
        const phase = table === 'mangle' && this.#isOutgrown(entry) ? 'mangle+' : REMOVING[table];
        this.#take(phase, home, new EntryOperation('delete', home.chain.name, rule, entry));
      }
      index += 1;
    }
    this.installed.forget(entry);
  }

  /** What belongs to no single entry: the change itself, strays, the shared drop rules, and what keeps connection tracking on. */
  clean(keepTracking: ReadonlySet<Family> | undefined): void {
    const { installed } = this;
    for (const { family, table, chain, rule } of installed.strays.splice(0)) {
      const phase = table === 'mangle' ? 'mangle+' : REMOVING[table as OwnTable];
      this.#operations.push(phase, family, { op: 'delete', chain, rule });
      const home = installed.find(chain);
      if (home === undefined) continue;
      const state = installed.chains.of(family, home);
      installed.chains.count(state, -1);
      this.#touch(phase, state);
    }
    this.#writeDown();
    for (const family of FAMILIES) {
      this.#makeDropRule(family);
      this.#track(family, keepTracking?.has(family) === true);
    }
  }

  #makeDropRule(family: Family): void {
    const { installed } = this;
    const drop = installed.drop(family);
    const isNeeded = drop.users > 0;
    if (isNeeded === drop.present) return;
    const placement = dropPlacement(family, installed.mark);
    if (isNeeded) this.#put('filter+', placement);
    else {
      const home = installed.chains.homeFor(family, placement.chain, undefined);
      this.#take('filter-', home, { op: 'delete', chain: home.chain.name, rule: placement.rule });
    }
    drop.present = isNeeded;
  }

  /** Chains and jumps that are missing, and chains with nothing left in them, from the bottom of the trees up. */
  *tidy(): Generator<void, void> {
    const levels: Set<ChainState>[] = [];
    for (;;) {
      for (const state of this.installed.chains.takeChanged()) {
        const level = levels[state.chain.depth] ?? new Set();
        levels[state.chain.depth] = level.add(state);
      }
      while (levels.length > 0 && (levels.at(-1)?.size ?? 0) === 0) levels.pop();
      const level = levels.pop();
      if (level === undefined) return;
      for (const state of level) {
        this.#tidyChain(state);
        yield;
      }
    }
  }

  steps(): Step[] {
    return this.#operations.steps();
  }

  /** In the very first step, and in the last one for the family, when nothing is left that the rules would not tell. */
  #writeDown(): void {
    const { installed, change } = this;
    const { intent } = installed;
    const isNeeded = !intent.isWritten && needsIntent(change, this.#opening);
    if (!isNeeded && !intent.isWritten && !intent.isLeft) return;
    const push = (phase: Phase) => (operation: TableOperation) =>
      this.#operations.push(phase, INTENT.family, operation);
    // One that is found is where the next repair is to go on from, as long as this change is not done.
    if (isNeeded) intent.write(change).forEach(push('filter+'));
    intent.strike().forEach(push('filter-'));
  }

  #track(family: Family, keep: boolean): void {
    const { tracking, owner } = this.installed;
    const present = tracking.get(family);
    if (!keep && present === undefined) return;
    const chain = trackingChain(owner);
    const push = (operation: TableOperation) => this.#operations.push('nat', family, operation);
    if (keep) {
      if (present === undefined) push({ op: 'createChain', chain });
      if (present?.rule !== true) push({ op: 'append', chain, rule: TRACKING_RULE });
      tracking.set(family, { rule: true });
    } else {
      if (present?.rule) push({ op: 'delete', chain, rule: TRACKING_RULE });
      push({ op: 'deleteChain', chain });
      tracking.delete(family);
    }
  }

  #tidyChain(state: ChainState): void {
    const { family, chain, rules, jumped } = state;
    const exists = rules > 0;
    const phase = exists ? this.#complete(state) : this.#clear(state);
    if (chain.above !== undefined) {
      const above = this.installed.chains.of(family, chain.above);
      if (phase !== undefined) this.#touch(phase, above);
      if (exists !== jumped) this.installed.chains.count(above, exists ? 1 : -1);
    }
    Object.assign(state, { exists: exists || (state.exists && state.shared), jumped: exists });
  }

  /** Answers where it adds what is missing. */
  #complete(state: ChainState): Phase | undefined {
    const { family, chain, exists, jumped } = state;
    if (exists && jumped) return undefined;
    const missing: TableOperation[] = [];
    if (!exists) missing.push({ op: 'createChain', chain: chain.name });
    if (!jumped) missing.push({ op: 'insert', chain: chain.hook, rule: chain.jump });
    const phase = this.#first.get(state) ?? ADDING[chain.table];
    this.#operations.prepend(phase, family, missing);
    return phase;
  }

  /** Answers where it removes what is left: in the last step that touches the table anyway, so that it costs no further one. */
  #clear({ family, chain, exists, jumped, shared }: ChainState): Phase | undefined {
    if (!exists) return undefined;
    const phase = this.#operations.lastOn(chain.table, family) ?? REMOVING[chain.table];
    if (jumped) this.#operations.push(phase, family, { op: 'delete', chain: chain.hook, rule: chain.jump });
    if (!shared) this.#operations.push(phase, family, { op: 'deleteChain', chain: chain.name });
    return phase;
  }

  #put(phase: Phase, placement: Placement, entry?: Entry): ChainState {
    const { family, chain, position, rule } = placement;
    const home = this.installed.chains.homeFor(family, chain, entry && portsOf(entry));
    const op = position === 'first' ? 'insert' : 'append';
    const { name } = home.chain;
    this.installed.chains.count(home, 1);
    this.#operations.push(
      phase,
      family,
      entry === undefined ? { op, chain: name, rule } : new EntryOperation(op, name, rule, entry),
    );
    this.#touch(phase, home);
    return home;
  }

  #take(phase: Phase, home: ChainState, operation: TableOperation): void {
    this.installed.chains.count(home, -1);
    this.#operations.push(phase, home.family, operation);
    this.#touch(phase, home);
  }

  #touch(phase: Phase, state: ChainState): void {
    if (state.exists && state.jumped) return;
    const first = this.#first.get(state);
    if (first === undefined || isEarlier(phase, first)) this.#first.set(state, phase);
  }

  #addingPhase(entry: Entry, table: OwnTable): Phase {
    if (table === 'filter') return 'filter+';
    return table === 'mangle' && this.#replaces(entry) ? 'mangle-' : ADDING[table];
  }

  /** Closes nothing that was not closed: it goes in together with the removal of the rule it replaces. */
  #replaces(added: Entry): boolean {
    return this.#opening.touching(added).some((removed) => covers(removed, added));
  }

  /** Opens nothing: the wider rule that takes its place goes in first, in the same commit as this one's removal. */
  #isOutgrown(removed: Entry): boolean {
    return this.#closing.touching(removed).some((added) => !covers(removed, added));
  }
}

function covers(outer: Entry, inner: Entry): boolean {
  const [a, b] = [spanOf(outer.rule.port), spanOf(inner.rule.port)];
  return a[0] <= b[0] && a[1] >= b[1];
}
