import type { Entry } from '../rules/entry';
import type { TableRule } from '../tables/table-rule';
import { ruleOf } from './placement';

/** An operation on a rule of an entry. The rule is put together where somebody asks for it: a change has many of them. */
export class EntryOperation {
  constructor(
    readonly op: 'insert' | 'append' | 'delete',
    readonly chain: string,
    /** The rule as a placement has it. */
    readonly like: TableRule,
    readonly entry: Entry,
  ) {}

  get rule(): TableRule {
    return ruleOf(this.like, this.entry);
  }
}
