import { checkSignal } from './abort';
import type { Installed } from './backends/backend';
import type { SharedSurroundings } from './backends/surroundings';
import { invalidArgument } from './errors';
import type { ForeignCode, ForeignFinding } from './foreign/finding';
import { judgeSurroundings } from './foreign/judge';
import { checkArray } from './rules/check-rule';
import type { Publication } from './rules/entry';
import { checkObject } from './rules/fields';
import { sliced } from './slices';

/** Something of others that keeps a published port from doing what it is published for, or is about to surprise. */
export interface Warning {
  /** Stable: compare this, never the message. */
  readonly code: ForeignCode;
  /** `problem`: it is so for every client, or for all of one family; `warning`: for some, or it may be. */
  readonly level: 'problem' | 'warning';
  /** Names the rule, and what it does. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy?: string;
  /** The published port's that it is about. */
  readonly name?: string;
}

/** For `warnings()`. */
export interface WarningOptions {
  /** Only about these published ports. Default: all of this owner. */
  readonly names?: readonly string[];
  /** Ends the waiting. */
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
 * What the surroundings mean for these published ports, which may be read at the same time. What cannot be read is not
 * warned of.
 * @param surroundings undefined: there is nothing around them
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
    // What is published is the caller's to read, and its error the caller's to meet.
    return [];
  }
}

/** The findings that ask for something. */
export function warningsOf(findings: readonly ForeignFinding[]): Warning[] {
  return findings.flatMap(({ level, code, text, remedy, name }): Warning[] => {
    if (level === 'note') return [];
    return [
      { code, level, message: text, ...(remedy !== undefined && { remedy }), ...(name !== undefined && { name }) },
    ];
  });
}

/** What is published, and single redirects under the names that they would have as published ports. */
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
