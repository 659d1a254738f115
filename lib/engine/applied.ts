import type { Ended } from '../connections/end';
import type { Warning } from '../foreign/warnings';
import { checkSignal } from '../model/call-options';
import { type Change, compose, inverse, isEmpty, UNCHANGED } from '../model/change';
import { type Entry, entryKey } from '../model/entry';
import { checkBoolean, checkObject } from '../model/fields';
import type { JournalList } from '../model/journal';
import type { Rule } from '../model/rule';
import type { Ruleset } from '../model/ruleset';
import { FirewallError } from '../util/errors';
import type { Committer } from './committer';
import type { Outcome } from './edit';

/** A rule with the name of the published port that it is part of, if any. */
export interface NamedRule {
  readonly rule: Rule;
  readonly name?: string;
  /** The whole rule in one line, as in the kernel's comments. */
  readonly text: string;
}

/** The change that a call would make. */
export interface PlannedChange {
  readonly added: readonly NamedRule[];
  readonly removed: readonly NamedRule[];
}

export interface RollbackOptions {
  /** If true, rolls back even if the owner's rules have changed since, and undoes those changes too. Default false. */
  readonly force?: boolean;
  /** Ends the wait, as in every call; nothing was changed then. */
  readonly signal?: AbortSignal;
}

/** Returns a copy of the entry's rule, which the caller may modify. */
export function namedRule(entry: Entry): NamedRule {
  const { rule, name } = entry;
  const text = entryKey(entry);
  return name === undefined ? { rule: { ...rule }, text } : { rule: { ...rule }, name, text };
}

/** The confirmation that a change waits for. */
export interface Confirmation {
  confirm(): Promise<void>;
  /** Called when the change was rolled back. */
  release(): Promise<void>;
}

/** The result of a committed change, and the means to undo it. */
export class Applied {
  /**
   * The outcome for the connections that were to end with this change, because of `established: 'drop'` or `flows:
   * 'follow'`.
   */
  readonly ended: Ended;
  #warnings: readonly Warning[] = [];
  readonly #committer: Committer;
  readonly #confirmation: Confirmation | undefined;
  readonly #list: JournalList;
  readonly #index: number;

  /** @param confirmation absent where the change needs none */
  constructor(committer: Committer, { point, ended }: Outcome<unknown>, confirmation?: Confirmation) {
    this.#confirmation = confirmation;
    this.#committer = committer;
    this.#list = point.list;
    this.#index = point.index;
    this.ended = ended;
  }

  /**
   * How the rules, servers and interfaces of others affect what was published. Empty unless the call had `warnings:
   * true`. `firewall.warnings()` can be called at any time.
   */
  get warnings(): readonly Warning[] {
    return this.#warnings;
  }

  /** Stores the warnings that were found after the change. */
  static warned(applied: Applied, warnings: readonly Warning[]): void {
    applied.#warnings = warnings;
  }

  get added(): readonly NamedRule[] {
    return this.#change.added.map(namedRule);
  }

  get removed(): readonly NamedRule[] {
    return this.#change.removed.map(namedRule);
  }

  get #change(): Change {
    return this.#list.changes[this.#index] ?? UNCHANGED;
  }

  /**
   * Makes the change stay. With `confirmWithin`, it is rolled back unless this method is called in time, or
   * `firewall.confirm()` in any process. Does nothing if the change needs no confirmation. When it resolves, the
   * process that would have rolled back is gone.
   * @throws FirewallError ERR_NOT_FOUND (confirmed already, or rolled back)
   */
  async confirm(): Promise<void> {
    await this.#confirmation?.confirm();
  }

  /**
   * Restores exactly the rules from before this change.
   * @throws FirewallError ERR_INVALID_ARGUMENT; ERR_CONFLICT with the `difference` if the owner's rules have changed
   * since
   */
  async rollback(options: RollbackOptions = {}): Promise<Applied> {
    const given = checkObject('rollback', options, ['force', 'signal']);
    const force = checkBoolean('force', given['force'], false);
    const signal = checkSignal(given['signal']);
    const change = this.#change;
    const point = { list: this.#list, index: this.#index };
    const rolledBack = await this.#committer.edit(
      function* (ruleset, journal) {
        const since = journal.since(point);
        if (!isEmpty(since) && !force) throw changedSince(since);
        yield* carryOut(ruleset, inverse(compose([change, since])));
      },
      (outcome) => new Applied(this.#committer, outcome),
      { fresh: true, signal },
    );
    await this.#confirmation?.release();
    return rolledBack;
  }
}

export function* carryOut(ruleset: Ruleset, change: Change): Generator<void> {
  for (const entry of change.removed) {
    ruleset.remove(entry);
    yield;
  }
  for (const entry of change.added) {
    ruleset.add(entry);
    yield;
  }
}

export function changedSince(since: Change): FirewallError {
  const added = since.added.map(entryKey);
  const removed = since.removed.map(entryKey);
  const list = [...added.map((key) => `+ ${key}`), ...removed.map((key) => `- ${key}`)];
  const shown = list.slice(0, 8).join('; ') + (list.length > 8 ? `; and ${list.length - 8} more` : '');
  return new FirewallError(
    'ERR_CONFLICT',
    `the rules have changed since (${shown}), so rolling back would undo that as well; give force: true to do it all the same`,
    { difference: { added: since.added.map(namedRule), removed: since.removed.map(namedRule) } },
  );
}
