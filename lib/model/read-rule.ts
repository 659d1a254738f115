import { parseRule, ruleJson } from './rule-json';
import type { Counters, Family, TableName, TableRule } from './table-rule';

/** The place of a rule. */
export interface RulePlace {
  readonly family: Family;
  readonly table: TableName;
  readonly chain: string;
}

/**
 * A rule that was read, and its place. It stays text until it is parsed on demand, because most rules are only
 * compared.
 */
export class ReadRule implements RulePlace {
  readonly family: Family;
  readonly table: TableName;
  readonly chain: string;

  constructor(
    { family, table, chain }: RulePlace,
    /** The chain that the rule jumps or goes to. Empty if it does neither. */
    readonly jump: string,
    /** The comment of the first comment match. Empty if there is none. */
    readonly comment: string,
    readonly counters: Counters,
    /** The rule as JSON, as ruleJson() writes it. */
    readonly text: string,
  ) {
    this.family = family;
    this.table = table;
    this.chain = chain;
  }

  static of(place: RulePlace, rule: TableRule, counters: Counters): ReadRule {
    return new ReadRule(place, jumpOf(rule), commentOf(rule), counters, ruleJson(rule));
  }

  /** The parsed rule. It is created again at every access. */
  get rule(): TableRule {
    return parseRule(this.text);
  }

  /** Returns true if this rule equals the given one in every detail. */
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
