import type { Installed } from '../backends/backend';
import { checkSignal } from '../model/call-options';
import { checkArray } from '../model/check-rule';
import type { Publication } from '../model/entry';
import { checkObject } from '../model/fields';
import { invalidArgument } from '../util/errors';
import { sliced } from '../util/slices';
import type { ForeignCode, ForeignFinding } from './finding';
import { judgeSurroundings } from './judge';
import type { SharedSurroundings } from './surroundings';

/** A rule, server or interface of others that keeps a published port from working as published, or may do so. */
export interface Warning {
  /** A stable code. Programs should compare this and never the message. */
  readonly code: ForeignCode;
  /** `problem`: it affects every client, or all of one family; `warning`: it affects some, or may do so. */
  readonly level: 'problem' | 'warning';
  /** The message names the rule and its effect. */
  readonly message: string;
  /** The remedy, if there is one. */
  readonly remedy?: string;
  /** The name of the published port that is affected. */
  readonly name?: string;
}

/** The options of `warnings()`. */
export interface WarningOptions {
  /** Restricts the warnings to these published ports. Default: all of this owner. */
  readonly names?: readonly string[];
  /** Ends the wait. */
  readonly signal?: AbortSignal;
}

export interface CheckedWarningOptions {
  readonly names: ReadonlySet<string> | undefined;
  readonly signal: AbortSignal | undefined;
}

/** @throws FirewallError ERR_INVALID_ARGUMENT */
export function checkWarningOptions(options: unknown): CheckedWarningOptions {
  const { names, signal } = checkObject('warnings', options, ['names', 'signal']);
  return { names: names === undefined ? undefined : checkNames(names), signal: checkSignal(signal) };
}

function checkNames(value: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  for (const name of checkArray('names', value, 'names of published ports')) {
    if (typeof name !== 'string') throw invalidArgument('names', value, 'an array of names of published ports');
    names.add(name);
  }
  return names;
}

/**
 * Reads the surroundings and returns how they affect these published ports, which may be read at the same time. Parts
 * that cannot be read produce no warning.
 * @param surroundings undefined: nothing outside the firewall exists
 */
export async function gatherWarnings(
  surroundings: SharedSurroundings | undefined,
  published: readonly Publication[] | Promise<readonly Publication[]>,
): Promise<Warning[]> {
  if (surroundings === undefined || (Array.isArray(published) && published.length === 0)) return [];
  try {
    const [read, all] = await Promise.all([surroundings.read(), published]);
    return warningsOf(await sliced(judgeSurroundings(read, all)));
  } catch {
    // An error in reading what is published is reported by the caller, which reads it.
    return [];
  }
}

/** Returns the findings that are problems or warnings. */
export function warningsOf(findings: readonly ForeignFinding[]): Warning[] {
  return findings.flatMap(({ level, code, text, remedy, name }): Warning[] => {
    if (level === 'note') return [];
    return [
      { code, level, message: text, ...(remedy !== undefined && { remedy }), ...(name !== undefined && { name }) },
    ];
  });
}

/** Returns the publications, and single redirects as publications under the default names of published ports. */
export function* publicationsIn({ entries }: Installed): Generator<void, Publication[]> {
  const all: Publication[] = [];
  for (const { entry } of entries) {
    yield;
    const { rule, publication, name } = entry;
    if (publication !== undefined) all.push(publication);
    else if (name === undefined && rule.kind === 'redirect') {
      const { kind: _kind, ...fields } = rule;
      const options = { direct: 'open', deny: 'drop', established: 'keep', loopback: false } as const;
      all.push({ ...fields, ...options, name: `${rule.protocol}/${rule.port}` });
    }
  }
  return all;
}
