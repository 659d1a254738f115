import type { Entry } from '../rules/entry';
import { spanOf } from '../rules/port';
import type { Family, TableName, TableRule } from '../tables/table-rule';
import { CHAINS, TRACKING_RULE, trackingChain } from './chains';
import { type Change, toldInSteps } from './change';
import { ClosedPorts } from './closed-ports';
import type { ChainState, InstalledTables } from './installed';
import { INTENT, needsIntent } from './intent';
import { ADDING, FAMILIES, type Phase, PhasedOperations, REMOVING, type Step, type TableOperation } from './phases';
import { dropPlacement, type Placement } from './placement';
import type { OwnChain } from './port-tree';

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
  for (const entry of told.removed) {
    planner.remove(entry);
    yield;
  }
  for (const entry of told.added) {
    planner.add(entry);
    yield;
  }
  planner.clean(keepTracking);
  yield* planner.tidy();
  return planner.steps();
}

class StepPlanner {
  readonly #operations = new PhasedOperations();
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
    for (const [index, placement] of presence.placements.entries()) {
      if (presence.mask & (1 << index)) continue;
      presence.mask |= 1 << index;
      presence.homes[index] = this.#put(this.#addingPhase(entry, CHAINS[placement.chain].table), placement);
    }
  }

  remove(entry: Entry): void {
    const presence = this.installed.presence(entry);
    for (const [index, { family, rule }] of presence.placements.entries()) {
      const home = presence.homes[index];
      if (home === undefined || !(presence.mask & (1 << index))) continue;
      const { table } = home;
      const phase = table === 'mangle' && this.#isOutgrown(entry) ? 'mangle+' : REMOVING[table];
      this.#take(phase, family, home, rule);
    }
    this.installed.forget(entry);
  }

  /** What belongs to no single entry: the change itself, strays, the shared drop rules, and what keeps connection tracking on. */
  clean(keepTracking: ReadonlySet<Family> | undefined): void {
    const { installed } = this;
    for (const { family, table, chain, rule } of installed.strays.splice(0)) {
      const phase = table === 'mangle' ? 'mangle+' : REMOVING[table];
      this.#operations.push(phase, family, { op: 'delete', chain, rule });
      const home = installed.find(chain);
      if (home !== undefined) installed.count(family, home, -1);
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
    else this.#take('filter-', family, installed.homeFor(placement), placement.rule);
    drop.present = isNeeded;
  }

  /** Chains and jumps that are missing, and chains with nothing left in them, from the bottom of the trees up. */
  *tidy(): Generator<void, void> {
    const levels: Set<ChainState>[] = [];
    for (;;) {
      for (const state of this.installed.takeChanged()) {
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
    const { family, chain } = state;
    const { table, name, above, hook, jump } = chain;
    const exists = state.rules > 0;
    if (exists && !(state.exists && state.jumped)) {
      const missing: TableOperation[] = [];
      if (!state.exists) missing.push({ op: 'createChain', chain: name });
      if (!state.jumped) missing.push({ op: 'insert', chain: hook, rule: jump });
      this.#operations.prepend(this.#operations.firstOn(family, name) ?? ADDING[table], family, missing);
    } else if (!exists && state.exists) {
      // The last step that touches the table anyway, so that tidying costs no further one.
      const phase = this.#operations.lastOn(table, family) ?? REMOVING[table];
      if (state.jumped) this.#operations.push(phase, family, { op: 'delete', chain: hook, rule: jump });
      if (!state.shared) this.#operations.push(phase, family, { op: 'deleteChain', chain: name });
    }
    if (above !== undefined && exists !== state.jumped) this.installed.count(family, above, exists ? 1 : -1);
    Object.assign(state, { exists: exists || (state.exists && state.shared), jumped: exists });
  }

  #put(phase: Phase, placement: Placement): OwnChain {
    const { family, position, rule } = placement;
    const home = this.installed.homeFor(placement);
    this.installed.count(family, home, 1);
    this.#operations.push(phase, family, { op: position === 'first' ? 'insert' : 'append', chain: home.name, rule });
    return home;
  }

  #take(phase: Phase, family: Family, home: OwnChain, rule: TableRule): void {
    this.installed.count(family, home, -1);
    this.#operations.push(phase, family, { op: 'delete', chain: home.name, rule });
  }

  #addingPhase(entry: Entry, table: TableName): Phase {
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
