import type { Family, TableName, TableRule } from '../tables/table-rule';

/** A table that holds portshift's own rules. */
export type OwnTable = Exclude<TableName, 'raw'>;

export type TableOperation = ChainOperation | RuleOperation;

export interface ChainOperation {
  /** `deleteChain`: the chain must be empty and unreferenced by then. */
  readonly op: 'createChain' | 'deleteChain';
  readonly chain: string;
}

export interface RuleOperation {
  /**
   * `insert` at the top of the chain, `append` at its end, `delete` the first rule of the chain that equals this one in
   * everything but its counters.
   */
  readonly op: 'insert' | 'append' | 'delete';
  readonly chain: string;
  readonly rule: TableRule;
}

/** One transaction on one table. */
export interface Step {
  readonly family: Family;
  readonly table: TableName;
  readonly operations: TableOperation[];
}

/**
 * The order of commits in which, at every moment, a public port has a way in and a closed port stays closed. First comes a
 * closing rule that takes the place of another one (`first`), then those go that opens a port (`open`), before the
 * redirects in nat change; ports close after that (`close`), and last goes a closing rule that a wider one makes
 * superfluous (`last`). In mangle, where one replacement of the table can do both, these are two. A REJECT is there before
 * the DROP behind it, and goes after it: so a port is never closed without its answer.
 */
const PHASES = [
  'filter first',
  'security first',
  'mangle first, open',
  'security open',
  'filter open',
  'nat',
  'filter close',
  'security close',
  'mangle close, last',
  'security last',
  'filter last',
] as const;
export type Phase = (typeof PHASES)[number];

const TABLE_OF = Object.fromEntries(PHASES.map((phase) => [phase, phase.split(' ', 1)[0]])) as Readonly<
  Record<Phase, OwnTable>
>;

/** When an operation on a rule is made, by what it does to the port. */
export type Moment = 'first' | 'open' | 'close' | 'last';

const OF_MANGLE: Readonly<Record<Moment, Phase>> = {
  first: 'mangle first, open',
  open: 'mangle first, open',
  close: 'mangle close, last',
  last: 'mangle close, last',
};

export function phaseOf(table: OwnTable, moment: Moment): Phase {
  if (table === 'nat') return 'nat';
  return table === 'mangle' ? OF_MANGLE[moment] : `${table} ${moment}`;
}

export const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];

interface Transaction {
  /** What comes before all others, last one first. */
  readonly preparing: TableOperation[];
  readonly operations: TableOperation[];
}

export function isEarlier(phase: Phase, other: Phase): boolean {
  return PHASES.indexOf(phase) < PHASES.indexOf(other);
}

/** The operations of a change by phase and family. */
export class PhasedOperations {
  readonly #transactions: Readonly<Record<Family, Partial<Record<Phase, Transaction>>>> = { ipv4: {}, ipv6: {} };

  push(phase: Phase, family: Family, operation: TableOperation): void {
    this.#at(phase, family).operations.push(operation);
  }

  /** These come before all that the transaction has so far. */
  prepend(phase: Phase, family: Family, operations: readonly TableOperation[]): void {
    const { preparing } = this.#at(phase, family);
    for (const operation of operations.toReversed()) preparing.push(operation);
  }

  /** The last phase with an operation on the table. */
  lastOn(table: TableName, family: Family): Phase | undefined {
    const transactions = this.#transactions[family];
    return PHASES.findLast((phase) => TABLE_OF[phase] === table && transactions[phase] !== undefined);
  }

  steps(): Step[] {
    const steps: Step[] = [];
    for (const phase of PHASES) {
      for (const family of FAMILIES) {
        const transaction = this.#transactions[family][phase];
        if (transaction === undefined) continue;
        const { preparing, operations } = transaction;
        const all = preparing.length === 0 ? operations : [...preparing.toReversed(), ...operations];
        steps.push({ family, table: TABLE_OF[phase], operations: all });
      }
    }
    return steps;
  }

  #at(phase: Phase, family: Family): Transaction {
    const transactions = this.#transactions[family];
    transactions[phase] ??= { preparing: [], operations: [] };
    return transactions[phase];
  }
}
