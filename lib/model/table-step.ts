import type { Family, TableName, TableRule } from './table-rule';

export type TableOperation = ChainOperation | RuleOperation;

export interface ChainOperation {
  /** The operation. With `deleteChain`, the chain must be empty and unreferenced when it is applied. */
  readonly op: 'createChain' | 'deleteChain';
  readonly chain: string;
}

export interface RuleOperation {
  /**
   * `insert` adds the rule at the top of the chain, and `append` at its end. `delete` deletes the first rule of the
   * chain that equals this one in everything but its counters.
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
