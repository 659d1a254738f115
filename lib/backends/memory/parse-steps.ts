import { withBytes } from '../../model/rule-json';
import { type PortSpan, type TableMatch, type TableRule, withPorts } from '../../model/table-rule';
import type { RuleOperation, TableOperation } from '../../model/table-step';
import type { StepPart } from '../table-session';

type Told = Omit<StepPart, 'expect' | 'operations'> & {
  readonly expect?: string;
  readonly alike?: readonly TableRule[];
  readonly operations: readonly (TableOperation | ToldOperation)[];
};

interface ToldOperation {
  readonly op: RuleOperation['op'];
  readonly chain: string;
  readonly like: number;
  readonly ports: PortSpan;
  readonly comment: string;
  readonly port?: number;
}

/** Parses what stepsJson() writes, and returns every rule in full. */
export function parseSteps(text: string): StepPart[] {
  const steps: Told[] = JSON.parse(text);
  return steps.map(({ family, table, expect, alike = [], operations }) => ({
    family,
    table,
    expect,
    operations: operations.map((one): TableOperation => {
      if ('like' in one) return { op: one.op, chain: one.chain, rule: ruleLike(alike[one.like] as TableRule, one) };
      return 'rule' in one ? { ...one, rule: withBytes(one.rule) } : one;
    }),
  }));
}

function ruleLike(like: TableRule, { ports, comment, port }: ToldOperation): TableRule {
  const matches = like.matches.map((match): TableMatch => {
    if (match.match === 'comment') return { ...match, comment };
    return match.match === 'tcp' || match.match === 'udp' ? withPorts(match, ports) : match;
  });
  const { target } = like;
  const translates = target.target === 'DNAT' || target.target === 'REDIRECT';
  return { ...like, matches, target: translates && port !== undefined ? { ...target, port } : target };
}
