import type { TableRule } from './table-rule';

/** Whether two rules say the same; a field that is false is as good as absent. */
export function sameRule(a: TableRule | undefined, b: TableRule | undefined): boolean {
  return same(a, b);
}

function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isObject(a) || !isObject(b)) return (a ?? false) === (b ?? false);
  if (Array.isArray(a) && Array.isArray(b) && a.length !== b.length) return false;
  for (const key in a) {
    if (!same(a[key], b[key])) return false;
  }
  for (const key in b) {
    if (!(key in a) && (b[key] ?? false) !== false) return false;
  }
  return true;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
