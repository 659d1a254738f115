import type { Entry } from '../../model/entry';
import type { TableRule } from '../../model/table-rule';
import { ruleOf } from './placement';

/** An operation on a rule of an entry. The rule is created on demand, because a change has many operations. */
export class EntryOperation {
  constructor(
    readonly op: 'insert' | 'append' | 'delete',
    readonly chain: string,
    /** The template of the rule, as in the placement. */
    readonly like: TableRule,
    readonly entry: Entry,
  ) {}

  get rule(): TableRule {
    return ruleOf(this.like, this.entry);
  }
}
