import type { TableOperation } from '../plan/phases';
import { ruleJson, textJson, withBytes } from '../tables/rule-json';
import type { TableId } from './iptc-addon';

/** A step of a change, or a part of one. */
export interface StepPart extends TableId {
  /**
   * The fingerprint that the table must have when the first step on it begins; empty: whatever it is. Undefined where
   * this goes on with the step before it.
   */
  readonly expect: string | undefined;
  readonly operations: readonly TableOperation[];
}

/** All of them as one text, which native/iptc/steps_json.h reads. */
export function stepsJson(steps: readonly StepPart[]): string {
  return `[${steps.map(stepJson).join(',')}]`;
}

/** Bytes are hexadecimal digits. */
export function stepJson({ family, table, expect, operations }: StepPart): string {
  let text = `{"family":"${family}","table":"${table}"`;
  if (expect !== undefined) text += `,"expect":${textJson(expect)}`;
  text += ',"operations":[';
  let comma = '';
  for (const operation of operations) {
    text += `${comma}{"op":"${operation.op}","chain":${textJson(operation.chain)}`;
    text += 'rule' in operation ? `,"rule":${ruleJson(operation.rule)}}` : '}';
    comma = ',';
  }
  return `${text}]}`;
}

/** The inverse. */
export function parseSteps(text: string): StepPart[] {
  const steps: (Omit<StepPart, 'expect'> & { readonly expect?: string })[] = JSON.parse(text);
  return steps.map(({ family, table, expect, operations }) => ({
    family,
    table,
    expect,
    operations: operations.map((one) => ('rule' in one ? { ...one, rule: withBytes(one.rule) } : one)),
  }));
}
