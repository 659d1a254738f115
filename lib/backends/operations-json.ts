import type { TableOperation } from '../plan/phases';
import type { TableMatch, TableRule, TableTarget } from '../tables/table-rule';

/** One text for all of them, as native/iptc/operations_json.h reads it: bytes are hexadecimal digits. */
export function operationsJson(operations: readonly TableOperation[]): string {
  return JSON.stringify(operations.some(hasBytes) ? operations.map((one) => withRule(one, written)) : operations);
}

/** The inverse. */
export function parseOperations(text: string): TableOperation[] {
  const operations: TableOperation[] = JSON.parse(text);
  return operations.map((one) => (hasBytes(one) ? withRule(one, read) : one));
}

type Extension = TableMatch | TableTarget;

function isUnknown(one: Extension): one is Extension & { readonly data: Uint8Array } {
  return 'data' in one;
}

function hasBytes(operation: TableOperation): boolean {
  return 'rule' in operation && (isUnknown(operation.rule.target) || operation.rule.matches.some(isUnknown));
}

function withRule(operation: TableOperation, convert: <T extends Extension>(one: T) => T): TableOperation {
  if (!('rule' in operation)) return operation;
  const { rule } = operation;
  const converted: TableRule = { ...rule, matches: rule.matches.map(convert), target: convert(rule.target) };
  return { ...operation, rule: converted };
}

function written<T extends Extension>(one: T): T {
  return isUnknown(one) ? { ...one, data: Buffer.from(one.data).toString('hex') } : one;
}

/** What should be bytes is digits here. */
function read<T extends Extension>(one: T): T {
  return isUnknown(one) ? { ...one, data: new Uint8Array(Buffer.from(String(one.data), 'hex')) } : one;
}
