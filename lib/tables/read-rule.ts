import { parseRule, ruleJson } from './rule-json';
import type { Counters, Family, TableName, TableRule } from './table-rule';

/** Where a rule is. */
export interface RulePlace {
  readonly family: Family;
  readonly table: TableName;
  readonly chain: string;
}

/** A rule as it was read, and where. It stays a text until somebody asks what it says: most are only compared. */
export class ReadRule implements RulePlace {
  readonly family: Family;
  readonly table: TableName;
  readonly chain: string;

  constructor(
    { family, table, chain }: RulePlace,
    /** The chain it jumps or goes to; empty where it does neither. */
    readonly jump: string,
    /** Of its first comment match; empty where it has none. */
    readonly comment: string,
    readonly counters: Counters,
    /** As ruleJson() writes it. */
    readonly text: string,
  ) {
    this.family = family;
    this.table = table;
    this.chain = chain;
  }

  static of(place: RulePlace, rule: TableRule, counters: Counters): ReadRule {
    return new ReadRule(place, jumpOf(rule), commentOf(rule), counters, ruleJson(rule));
  }

  /** Made anew at every call. */
  get rule(): TableRule {
    return parseRule(this.text);
  }

  /** Whether it says this and nothing else. */
  says(rule: TableRule): boolean {
    return ruleJson(rule) === this.text;
  }
}

function jumpOf({ target }: TableRule): string {
  return target.target === 'jump' || target.target === 'goto' ? target.chain : '';
}

function commentOf({ matches }: TableRule): string {
  for (const match of matches) if (match.match === 'comment') return match.comment;
  return '';
}
