import { invalidArgument } from './errors';
import { checkArray } from './rules/check-rule';
import { type Entry, parseEntry } from './rules/entry';
import { checkObject } from './rules/fields';

/** A ruleset as plain data, made by `save()`; it survives JSON. */
export interface SavedRules {
  /** One line each, in no order that matters. */
  readonly rules: readonly string[];
}

/** For `restore()`. */
export interface RestoreOptions {
  /** Restore only if this is what is installed. Default: whatever is. */
  readonly expect?: SavedRules;
  /** As of every call. */
  readonly signal?: AbortSignal;
}

/** @throws FirewallError ERR_INVALID_ARGUMENT */
export function checkSaved(field: string, value: unknown): Entry[] {
  const { rules } = checkObject(field, value, ['rules']);
  return checkArray(`${field}.rules`, rules, 'lines made by save()').map((line, index) => {
    const entry = typeof line === 'string' ? parseEntry(line) : undefined;
    if (entry === undefined) throw invalidArgument(`${field}.rules[${index}]`, line, 'a line made by save()');
    return entry;
  });
}
