import { invalidArgument } from '../util/errors';
import { checkOneOf, readSafely } from './fields';
import { checkLoopback } from './loopback';
import { checkMarkDrop } from './mark-drop';
import { checkRedirect } from './redirect';
import type { Rule } from './rule';

/**
 * Checks a rule in the form that `redirect()`, `markDrop()` and `loopback()` return, whoever made it.
 * @param where the name of the rule in messages: `rules[2]`
 * @throws FirewallError ERR_INVALID_ARGUMENT
 */
export function checkRule(where: string, value: unknown): Rule {
  const { kind, ...options } = readSafely(where, value, () => {
    if (typeof value === 'object' && value !== null && 'kind' in value) return { ...value };
    throw invalidArgument(where, value, 'a rule made by redirect(), markDrop() or loopback()');
  });
  switch (checkOneOf(`${where}.kind`, kind ?? null, ['redirect', 'markDrop', 'loopback'], 'redirect')) {
    case 'redirect':
      return checkRedirect(`${where}.`, options);
    case 'markDrop':
      return checkMarkDrop(`${where}.`, options);
    case 'loopback':
      return checkLoopback(`${where}.`, options);
  }
}

const MOST = 1_000_000;

/** Returns the elements of an array, undefined for a gap. @throws FirewallError ERR_INVALID_ARGUMENT */
export function checkArray(where: string, value: unknown, of: string): readonly unknown[] {
  return readSafely(where, value, () => {
    if (!Array.isArray(value)) throw invalidArgument(where, value, `an array of ${of}`);
    if (value.length > MOST) throw invalidArgument(where, value, `an array of at most ${MOST} ${of}`);
    return Array.from<unknown>(value);
  });
}
