import type { Family, TableName, TableRule } from '../tables/table-rule';

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
export const REMOVING: Readonly<Record<TableName, Phase>> = { filter: 'filter-', nat: 'nat', mangle: 'mangle-' };

export const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];

interface Transaction {
  /** What comes before all others, last one first. */
  readonly preparing: TableOperation[];
  readonly operations: TableOperation[];
}

/** The operations of a change by phase and family. */
export class PhasedOperations {
  readonly #transactions: Readonly<Record<Family, Partial<Record<Phase, Transaction>>>> = { ipv4: {}, ipv6: {} };
  readonly #first: Readonly<Record<Family, Map<string, Phase>>> = { ipv4: new Map(), ipv6: new Map() };

  push(phase: Phase, family: Family, operation: TableOperation): void {
    this.#at(phase, family).operations.push(operation);
    this.#note(phase, family, operation.chain);
  }

  /** These come before all that the transaction has so far. */
  prepend(phase: Phase, family: Family, operations: readonly TableOperation[]): void {
    for (const operation of operations.toReversed()) {
      this.#at(phase, family).preparing.push(operation);
      this.#note(phase, family, operation.chain);
    }
  }

  /** The first phase with an operation on the chain. */
  firstOn(family: Family, chain: string): Phase | undefined {
    return this.#first[family].get(chain);
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

  #note(phase: Phase, family: Family, chain: string): void {
    const first = this.#first[family].get(chain);
    if (first === phase) return;
    if (first === undefined || PHASES.indexOf(phase) < PHASES.indexOf(first)) this.#first[family].set(chain, phase);
  }
}
