import { checkArray } from '../model/check-rule';
import { type Entry, parseEntry } from '../model/entry';
import { checkObject } from '../model/fields';
import { invalidArgument } from '../util/errors';

/** A ruleset as plain data, made by `save()`. It can be stored as JSON. */
export interface SavedRules {
  /** One line per rule, in no particular order. */
  readonly rules: readonly string[];
}

/** The options of `restore()`. */
export interface RestoreOptions {
  /** The rules that must be installed for the restore to happen. Default: any. */
  readonly expect?: SavedRules;
  /** Ends the wait, as in every call. */
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
