import type { Family, TableName, TableRule } from '../tables/table-rule';

/** A table that holds portshift's own rules. */
export type OwnTable = Exclude<TableName, 'raw' | 'security'>;

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
 * The order of commits in which, at every moment, a public port has a way in and a closed port stays closed: what
 * denies is there before what marks, ports open before a redirect changes and close after it.
 */
const PHASES = ['filter+', 'mangle-', 'nat', 'mangle+', 'filter-'] as const;
export type Phase = (typeof PHASES)[number];

const TABLE_OF: Readonly<Record<Phase, TableName>> = {
  'filter+': 'filter',
  'mangle-': 'mangle',
  nat: 'nat',
  'mangle+': 'mangle',
  'filter-': 'filter',
};

export const ADDING = { filter: 'filter+', nat: 'nat', mangle: 'mangle+' } as const;
export const REMOVING: Readonly<Record<OwnTable, Phase>> = { filter: 'filter-', nat: 'nat', mangle: 'mangle-' };

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
