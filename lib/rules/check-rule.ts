import { invalidArgument } from '../errors';
import { checkOneOf } from './fields';
import { checkLoopback } from './loopback';
import { checkMarkDrop } from './mark-drop';
import { checkRedirect } from './redirect';
import type { Rule } from './rule';

/**
 * A rule as `redirect()`, `markDrop()` and `loopback()` make it, whoever made it.
 * @param where how messages name it: `rules[2]`
 * @throws FirewallError ERR_INVALID_ARGUMENT
 */
export function checkRule(where: string, value: unknown): Rule {
  if (typeof value !== 'object' || value === null || !('kind' in value)) {
    throw invalidArgument(where, value, 'a rule made by redirect(), markDrop() or loopback()');
  }
  const { kind, ...options } = value;
  switch (checkOneOf(`${where}.kind`, kind ?? null, ['redirect', 'markDrop', 'loopback'], 'redirect')) {
    case 'redirect':
      return checkRedirect(`${where}.`, options);
    case 'markDrop':
      return checkMarkDrop(`${where}.`, options);
    case 'loopback':
      return checkLoopback(`${where}.`, options);
  }
}

/** @throws FirewallError ERR_INVALID_ARGUMENT */
export function checkArray(where: string, value: unknown, of: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalidArgument(where, value, `an array of ${of}`);
  return value.slice();
}
