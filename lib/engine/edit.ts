import type { ConnectionFilter } from '../backends/connections';
import type { Ended } from '../connections/end';
import type { Change } from '../model/change';
import type { Journal, JournalPoint } from '../model/journal';
import type { Ruleset } from '../model/ruleset';
import type { ChangeGuard } from './bystanders';

/**
 * The edit that one caller makes to the ruleset. It may be run more than once, each time on what the kernel holds. It
 * is a generator that can be interrupted between its steps, or an `AtOnce` where the whole edit is no longer than one
 * step.
 */
export type Edit<T> = ((ruleset: Ruleset, journal: Journal) => Generator<void, T>) | AtOnce<T>;

/** An edit that is small enough to run without interruption. */
export interface AtOnce<T> {
  run(ruleset: Ruleset): T;
}

export interface Outcome<T> {
  readonly value: T;
  readonly change: Change;
  /** The place in the journal directly after this change. */
  readonly point: JournalPoint;
  readonly ended: Ended;
}

export interface EditOptions<T> {
  /** True if the edit depends on more than what it changes, so that it must run on what the kernel holds now. */
  readonly fresh?: boolean;
  /** Returns filters for the connections to end after the commit, besides those that a closing port ends. */
  ends?(value: T): readonly ConnectionFilter[];
  /**
   * Names of the published ports whose earlier UDP clients, if they were never answered, are not redirected to the
   * server.
   */
  readonly staying?: ReadonlySet<string>;
  /** Called with the rules to restore before the change is made. */
  readonly guard?: ChangeGuard | undefined;
  /** Rejects the edit with its reason, as long as nothing was changed for it. */
  readonly signal?: AbortSignal | undefined;
}

/** An edit that waits for its commit. */
export interface Job {
  readonly edit: Edit<unknown>;
  readonly options: EditOptions<unknown>;
  /** Converts the outcome of the edit into the value that the caller receives. */
  conclude(outcome: Outcome<unknown>): unknown;
  /** Resolves the caller's promise with a value or with another promise. It is set when the job enters the queue. */
  answer: (value: unknown) => void;
}

/** The value of `answer` before the job enters the queue. */
export function unasked(): void {}

/**
 * Rejects the caller's promise. Resolving it with a rejected promise makes a second stored function per waiting job
 * unnecessary.
 */
export function refuse(job: Job, error: unknown): void {
  job.answer(Promise.reject(error));
}

export const NO_OPTIONS: EditOptions<unknown> = {};

/** The result of an edit that ran, before it is committed. */
export interface Edited {
  readonly job: Job;
  readonly value: unknown;
  readonly change: Change;
}
