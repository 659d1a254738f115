import type { Entry } from '../rules/entry';
import { spanOf } from '../rules/port';
import type { Family, TableName, TableRule } from '../tables/table-rule';
import { CHAIN_IDS, CHAINS, type ChainId, chainName, jumpRule, TRACKING_RULE, trackingChain } from './chains';
import type { Change } from './change';
import type { InstalledTables } from './installed';
import { dropPlacement } from './placement';
import { PortIndex } from './port-index';

export type TableOperation =
  | { readonly op: 'createChain'; readonly chain: string }
  /** The chain must be empty and unreferenced by then. */
  | { readonly op: 'deleteChain'; readonly chain: string }
  /** At the top of the chain. */
  | { readonly op: 'insert'; readonly chain: string; readonly rule: TableRule }
  /** At the end of the chain. */
  | { readonly op: 'append'; readonly chain: string; readonly rule: TableRule }
  /** The first rule of the chain that equals this one in everything but its counters. */
  | { readonly op: 'delete'; readonly chain: string; readonly rule: TableRule };

/** One transaction on one table. */
export interface Step {
  readonly family: Family;
  readonly table: TableName;
  readonly operations: TableOperation[];
}

/**
 * The order of commits in which, at every moment, a public port has a way in and a closed port stays closed: what
 * denies is there before what marks, ports open before a redirect changes and close after it. See `#isSuccessor` for
 * the early ones.
 */
const PHASES = [
  'filter+',
  'early mangle-',
  'mangle-',
  'early nat',
  'nat',
  'early mangle+',
  'mangle+',
  'filter-',
] as const;
type Phase = (typeof PHASES)[number];

const TABLE_OF: Readonly<Record<Phase, TableName>> = {
  'filter+': 'filter',
  'early mangle-': 'mangle',
  'mangle-': 'mangle',
  'early nat': 'nat',
  nat: 'nat',
  'early mangle+': 'mangle',
  'mangle+': 'mangle',
  'filter-': 'filter',
};

const ADDING = { filter: 'filter+', nat: 'nat', mangle: 'mangle+' } as const;
const REMOVING: Readonly<Record<TableName, Phase>> = { filter: 'filter-', nat: 'nat', mangle: 'mangle-' };

const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];

/**
 * The steps that make `change` real, repairs of what `installed` finds damaged included. `installed` is brought up to
 * what it will be once they are all committed; read it again when they are not.
 * @param keepTracking families in which running connections outlive the last of the rules
 */
export function* planSteps(
  installed: InstalledTables,
  change: Change,
  keepTracking: ReadonlySet<Family> = new Set(),
): Generator<void, Step[]> {
  const planner = new StepPlanner(installed, change);
  for (const entry of change.removed) {
    planner.remove(entry);
    yield;
  }
  for (const entry of change.added) {
    planner.add(entry);
    yield;
  }
  planner.clean(keepTracking);
  return planner.steps();
}

class StepPlanner {
  readonly #operations = new Map<string, TableOperation[]>();
  readonly #closing: ClosedPorts;
  readonly #opening: ClosedPorts;
  /** The tables in which rules for IPv4 go out, but for loopbacks that their published port's redirect stands for. */
  readonly #leavingIpv4: ReadonlySet<TableName>;

  constructor(
    readonly installed: InstalledTables,
    change: Change,
  ) {
    this.#closing = new ClosedPorts(change.added);
    this.#opening = new ClosedPorts(change.removed);
    const leaving = change.removed.filter(({ rule, name }) => {
      return rule.family !== 'ipv6' && (rule.kind !== 'loopback' || name === undefined);
    });
    this.#leavingIpv4 = new Set(leaving.map(({ rule }) => (rule.kind === 'markDrop' ? 'mangle' : 'nat')));
  }

  add(entry: Entry): void {
    const presence = this.installed.presence(entry);
    for (const [index, { family, chain, position, rule }] of presence.placements.entries()) {
      if (presence.mask & (1 << index)) continue;
      presence.mask |= 1 << index;
      this.#put(this.#addingPhase(entry, CHAINS[chain].table), family, chain, position, rule);
    }
  }

  remove(entry: Entry): void {
    const presence = this.installed.presence(entry);
    for (const [index, { family, chain, rule }] of presence.placements.entries()) {
      if (!(presence.mask & (1 << index))) continue;
      const { table } = CHAINS[chain];
      const phase = table === 'mangle' && this.#isOutgrown(entry) ? 'mangle+' : REMOVING[table];
      this.#take(phase, family, chain, rule);
    }
    this.installed.forget(entry);
  }

  /** What belongs to no single entry: strays, the shared drop rules, jumps, and chains with nothing left in them. */
  clean(keepTracking: ReadonlySet<Family>): void {
    const { installed } = this;
    for (const { family, table, chain, rule } of installed.strays.splice(0)) {
      const phase = table === 'mangle' ? 'mangle+' : REMOVING[table];
      this.#push(phase, family, { op: 'delete', chain, rule });
      const id = CHAIN_IDS.find((one) => chainName(installed.owner, one) === chain);
      if (id !== undefined) installed.chain(family, id).rules -= 1;
    }
    for (const family of FAMILIES) {
      const drop = installed.drop(family);
      const { chain, position, rule } = dropPlacement(family, installed.mark);
      if (drop.users > 0 && !drop.present) this.#put('filter+', family, chain, position, rule);
      if (drop.users === 0 && drop.present) this.#take('filter-', family, chain, rule);
      drop.present = drop.users > 0;
      this.#track(family, keepTracking.has(family));
      for (const id of CHAIN_IDS) this.#tidyChain(family, id);
    }
  }

  steps(): Step[] {
    return PHASES.flatMap((phase) =>
      FAMILIES.flatMap((family) => {
        const operations = this.#operations.get(`${phase} ${family}`);
        return operations === undefined ? [] : [{ family, table: TABLE_OF[phase], operations }];
      }),
    );
  }

  #track(family: Family, keep: boolean): void {
    const { tracking, owner } = this.installed;
    const present = tracking.get(family);
    const chain = trackingChain(owner);
    if (keep) {
      if (present === undefined) this.#push('nat', family, { op: 'createChain', chain });
      if (present?.rule !== true) this.#push('nat', family, { op: 'append', chain, rule: TRACKING_RULE });
      tracking.set(family, { rule: true });
    } else if (present !== undefined) {
      if (present.rule) this.#push('nat', family, { op: 'delete', chain, rule: TRACKING_RULE });
      this.#push('nat', family, { op: 'deleteChain', chain });
      tracking.delete(family);
    }
  }

  #tidyChain(family: Family, id: ChainId): void {
    const state = this.installed.chain(family, id);
    const { table, hook } = CHAINS[id];
    const chain = chainName(this.installed.owner, id);
    const jump = jumpRule(this.installed.owner, id, this.installed.mark);
    if (state.rules > 0) {
      const missing: TableOperation[] = [];
      if (!state.exists) missing.push({ op: 'createChain', chain });
      if (!state.jumped) missing.push({ op: 'insert', chain: hook, rule: jump });
      this.#unshift(this.#firstPhase(table, family, chain), family, missing);
      Object.assign(state, { exists: true, jumped: true });
      return;
    }
    if (!state.exists) return;
    const phase = this.#lastPhase(table, family);
    if (state.jumped) this.#push(phase, family, { op: 'delete', chain: hook, rule: jump });
    this.#push(phase, family, { op: 'deleteChain', chain });
    Object.assign(state, { exists: false, jumped: false });
  }

  /** The last step that touches the table anyway, so that tidying costs no further one. */
  #lastPhase(table: TableName, family: Family): Phase {
    const touching = PHASES.filter((phase) => TABLE_OF[phase] === table && this.#operations.has(`${phase} ${family}`));
    return touching.at(-1) ?? REMOVING[table];
  }

  /** The first step that needs the chain. */
  #firstPhase(table: TableName, family: Family, chain: string): Phase {
    const needs = (phase: Phase) =>
      this.#operations.get(`${phase} ${family}`)?.some((operation) => operation.chain === chain);
    return PHASES.find((phase) => TABLE_OF[phase] === table && needs(phase)) ?? ADDING[table];
  }

  #put(phase: Phase, family: Family, id: ChainId, position: 'first' | 'last', rule: TableRule): void {
    this.installed.chain(family, id).rules += 1;
    const chain = chainName(this.installed.owner, id);
    this.#push(phase, family, { op: position === 'first' ? 'insert' : 'append', chain, rule });
  }

  #take(phase: Phase, family: Family, id: ChainId, rule: TableRule): void {
    this.installed.chain(family, id).rules -= 1;
    this.#push(phase, family, { op: 'delete', chain: chainName(this.installed.owner, id), rule });
  }

  #push(phase: Phase, family: Family, operation: TableOperation): void {
    this.#at(phase, family).push(operation);
  }

  #unshift(phase: Phase, family: Family, operations: readonly TableOperation[]): void {
    if (operations.length > 0) this.#at(phase, family).unshift(...operations);
  }

  #at(phase: Phase, family: Family): TableOperation[] {
    const key = `${phase} ${family}`;
    let operations = this.#operations.get(key);
    if (operations === undefined) {
      operations = [];
      this.#operations.set(key, operations);
    }
    return operations;
  }

  #addingPhase(entry: Entry, table: TableName): Phase {
    if (table === 'filter') return 'filter+';
    const phase = table === 'mangle' && this.#replaces(entry) ? 'mangle-' : ADDING[table];
    return this.#isSuccessor(entry, table) ? `early ${phase}` : phase;
  }

  /**
   * A rule for IPv6 alone that may stand for one of both families. It goes in before that one goes out in IPv4: after a
   * crash between the families the next repair removes what is left of a rule that has gone from IPv4.
   */
  #isSuccessor({ rule }: Entry, table: TableName): boolean {
    return rule.family === 'ipv6' && this.#leavingIpv4.has(table);
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

/** The closing rules of one side of a change, by the ports they close. */
class ClosedPorts {
  readonly #byProtocol = { tcp: new PortIndex<Entry>(), udp: new PortIndex<Entry>() };

  constructor(entries: readonly Entry[]) {
    for (const entry of entries) {
      const { rule } = entry;
      if (rule.kind === 'markDrop') this.#byProtocol[rule.protocol].add(spanOf(rule.port), entry);
    }
  }

  touching({ rule }: Entry): Entry[] {
    return [...this.#byProtocol[rule.protocol].overlapping(spanOf(rule.port))];
  }
}

function covers(outer: Entry, inner: Entry): boolean {
  const [a, b] = [spanOf(outer.rule.port), spanOf(inner.rule.port)];
  return a[0] <= b[0] && a[1] >= b[1];
}
