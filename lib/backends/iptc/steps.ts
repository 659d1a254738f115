import { type Change, toldInSteps } from '../../model/change';
import { ClosedPorts } from '../../model/closed-ports';
import type { Entry } from '../../model/entry';
import { spanOf } from '../../model/port';
import type { Family } from '../../model/table-rule';
import type { Step, TableOperation } from '../../model/table-step';
import { inStrides } from '../../util/strides';
import type { ChainState } from './chain-states';
import { CHAINS, TRACKING_RULE, trackingChain } from './chains';
import { EntryOperation } from './entry-operation';
import { GUARDED_CHAIN } from './guards';
import { type InstalledTables, portsOf } from './installed';
import { INTENT, needsIntent } from './intent';
import { FAMILIES, isEarlier, type OwnTable, type Phase, PhasedOperations, phaseOf } from './phases';
import type { Placement } from './placement';
import { homeOf, settle } from './presence';

/**
 * Plans the steps that make `change` and repair the damage found in `installed`. The state of `installed` is updated to
 * that after the last commit: if not all steps are committed, it must be read again.
 * @param keepTracking the families in which running connections outlive the last of the rules
 */
export function* planSteps(
  installed: InstalledTables,
  change: Change,
  keepTracking?: ReadonlySet<Family>,
): Generator<void, Step[]> {
  const told = yield* toldInSteps(change);
  const planner = new StepPlanner(installed, told);
  planner.sweep();
  yield* inStrides(told.removed, (entry) => planner.remove(entry));
  yield* inStrides(told.added, (entry) => planner.add(entry));
  planner.clean(keepTracking);
  yield* planner.tidy();
  return planner.steps();
}

class StepPlanner {
  readonly #operations = new PhasedOperations();
  /** The first phase with an operation on a chain, for chains that are missing or that nothing jumps to. */
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
        const { table } = CHAINS[placement.chain];
        const phase = phaseOf(table, table !== 'nat' && this.#replaces(entry) ? 'first' : 'close');
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
        const phase = phaseOf(table, table !== 'nat' && this.#isOutgrown(entry) ? 'last' : 'open');
        this.#take(phase, home, new EntryOperation('delete', home.chain.name, rule, entry));
      }
      index += 1;
    }
    this.installed.forget(entry);
  }

  /** Deletes the stray rules. They are deleted before others are added, so that their room is reused. */
  sweep(): void {
    const { installed } = this;
    for (const { family, table, chain, rule } of installed.strays.splice(0)) {
      const phase = phaseOf(table as OwnTable, 'last');
      this.#operations.push(phase, family, { op: 'delete', chain, rule });
      const home = installed.find(chain);
      if (home === undefined) continue;
      const state = installed.chains.of(family, home);
      installed.chains.count(state, -1);
      this.#touch(phase, state);
    }
  }

  /**
   * Plans the operations that belong to no single entry: those on the crash journal, on the guards, and on the rule
   * that keeps connection tracking on.
   */
  clean(keepTracking: ReadonlySet<Family> | undefined): void {
    this.#writeDown();
    for (const family of FAMILIES) {
      this.#makeGuards(family);
      this.#track(family, keepTracking?.has(family) === true);
    }
  }

  /** Adds or deletes the guards, in one commit with the rules that they precede. */
  #makeGuards(family: Family): void {
    const { installed } = this;
    const guards = installed.guards(family);
    const home = installed.chains.homeFor(family, GUARDED_CHAIN, undefined);
    const chain = home.chain.name;
    for (const [index, rule] of guards.rules.entries()) {
      if (guards.present[index] === guards.isNeeded) continue;
      if (guards.isNeeded) {
        installed.chains.count(home, 1);
        this.#operations.push('nat', family, { op: 'insert', chain, rule });
        this.#touch('nat', home);
      } else {
        this.#take('nat', home, { op: 'delete', chain, rule });
      }
      guards.present[index] = guards.isNeeded;
    }
  }

  /**
   * Creates chains and jumps that are missing, and deletes chains with nothing left in them, from the bottom of the
   * trees up.
   */
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

  /**
   * Writes the crash journal in the very first step, and deletes it in the last step of its family, when the rules
   * alone show everything that is left to do.
   */
  #writeDown(): void {
    const { installed, change } = this;
    const { intent } = installed;
    const isNeeded = !intent.isWritten && needsIntent(change, this.#opening);
    if (!isNeeded && !intent.isWritten && !intent.isLeft) return;
    const push = (phase: Phase) => (operation: TableOperation) =>
      this.#operations.push(phase, INTENT.family, operation);
    // A journal that was found stays until this change is complete: the next repair continues from it.
    if (isNeeded) intent.write(change).forEach(push('filter first'));
    intent.strike().forEach(push('filter last'));
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

  /**
   * Adds the chain and the jump to it where they are missing. Returns the phase in which they are added, or undefined
   * if nothing is missing.
   */
  #complete(state: ChainState): Phase | undefined {
    const { family, chain, exists, jumped } = state;
    if (exists && jumped) return undefined;
    const missing: TableOperation[] = [];
    if (!exists) missing.push({ op: 'createChain', chain: chain.name });
    // In a built-in chain the jump is inserted at the top. In an own chain, the guards stay there.
    const op = chain.above === undefined ? 'insert' : 'append';
    if (!jumped) missing.push({ op, chain: chain.hook, rule: chain.jump });
    const phase = this.#first.get(state) ?? phaseOf(chain.table, 'close');
    this.#operations.prepend(phase, family, missing);
    return phase;
  }

  /**
   * Deletes what is left of an empty chain. Returns the phase in which it is deleted, or undefined if nothing is left:
   * it is the last phase that touches the table anyway, so that no further step is needed.
   */
  #clear({ family, chain, exists, jumped, shared }: ChainState): Phase | undefined {
    if (!exists) return undefined;
    const phase = this.#operations.lastOn(chain.table, family) ?? phaseOf(chain.table, 'open');
    if (jumped) this.#operations.push(phase, family, { op: 'delete', chain: chain.hook, rule: chain.jump });
    if (!shared) this.#operations.push(phase, family, { op: 'deleteChain', chain: chain.name });
    return phase;
  }

  #put(phase: Phase, { family, chain, rule }: Placement, entry: Entry): ChainState {
    const home = this.installed.chains.homeFor(family, chain, portsOf(entry));
    const { name } = home.chain;
    this.installed.chains.count(home, 1);
    this.#operations.push(phase, family, new EntryOperation('append', name, rule, entry));
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

  /**
   * Returns true if a removed rule closes all ports of the added one. The added rule then closes nothing that was not
   * closed, and is added no later than the rule that it replaces is removed.
   */
  #replaces(added: Entry): boolean {
    return this.#opening.touching(added).some((removed) => covers(removed, added));
  }

  /**
   * Returns true if an added rule overlaps the removed one and extends beyond its ports. The wider rule takes the place
   * of the removed one, which is removed no earlier than the other is added, so that no port opens.
   */
  #isOutgrown(removed: Entry): boolean {
    return this.#closing.touching(removed).some((added) => !covers(removed, added));
  }
}

function covers(outer: Entry, inner: Entry): boolean {
  const [a, b] = [spanOf(outer.rule.port), spanOf(inner.rule.port)];
  return a[0] <= b[0] && a[1] >= b[1];
}
