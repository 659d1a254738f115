import type { Family, TableName } from '../../model/table-rule';
import type { Step, TableOperation } from '../../model/table-step';

/** A table that holds portshift's own rules. */
export type OwnTable = Exclude<TableName, 'raw'>;

/**
 * The order of commits, in which at every moment a public port has a way in and a closed port stays closed. Closing
 * rules that replace others are added first (`first`), then rules whose removal opens a port are removed (`open`),
 * before the redirects in nat change. After that, rules that close a port are added (`close`), and closing rules that a
 * wider one makes superfluous are removed last (`last`). In mangle, where one replacement of the table can do both,
 * `first` and `open` are one commit, and so are `close` and `last`. A REJECT is added before the DROP behind it, and
 * removed after it, so that a port is never closed without its answer.
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

/** The time at which an operation on a rule is made, by its effect on the port. */
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
  /** The operations that precede all others, in reverse order. */
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

  /** Adds operations that precede all operations that the transaction has so far. */
  prepend(phase: Phase, family: Family, operations: readonly TableOperation[]): void {
    const { preparing } = this.#at(phase, family);
    for (const operation of operations.toReversed()) preparing.push(operation);
  }

  /** Returns the last phase with an operation on the table, or undefined if there is none. */
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
