import type { ConnectionFilter } from './backends/connections';
import type { ChangeGuard } from './bystanders';
import type { Ended } from './connections/end';
import type { Change } from './plan/change';
import type { Journal, JournalPoint } from './plan/journal';
import type { Ruleset } from './plan/ruleset';

/**
 * What one caller wants of the ruleset; it may be run more than once, each time on what the kernel holds. In steps that
 * can be interrupted, or `AtOnce` where it is no longer than a step itself.
 */
export type Edit<T> = ((ruleset: Ruleset, journal: Journal) => Generator<void, T>) | AtOnce<T>;

/** A small edit. */
export interface AtOnce<T> {
  run(ruleset: Ruleset): T;
}

export interface Outcome<T> {
  readonly value: T;
  readonly change: Change;
  /** The place in the journal right after this change. */
  readonly point: JournalPoint;
  readonly ended: Ended;
}

export interface EditOptions<T> {
  /** The edit looks at more than it changes, so it must see what the kernel holds now. */
  readonly fresh?: boolean;
  /** Connections to end once the change is committed, besides those that a closing port cuts off. */
  ends?(value: T): readonly ConnectionFilter[];
  /** Names of the published ports whose clients of before, if they were never answered, are not taken along. */
  readonly staying?: ReadonlySet<string>;
  /** Is told of the change before it is made. */
  readonly guard?: ChangeGuard | undefined;
  /** Rejects the edit with its reason, as long as nothing was changed for it. */
  readonly signal?: AbortSignal | undefined;
}

/** An edit that waits for its commit. */
export interface Job {
  readonly edit: Edit<unknown>;
  readonly options: EditOptions<unknown>;
  /** What the caller is told of an `Outcome` of what the edit gives. */
  conclude(outcome: Outcome<unknown>): unknown;
  /** Answers the caller with a value, or with what becomes of a promise; set when it begins to wait. */
  answer: (value: unknown) => void;
}

/** Before it waits. */
export function unasked(): void {}

/** Answers with an error. A promise that is rejected stands in for a second function, which every job that waits would hold. */
export function refuse(job: Job, error: unknown): void {
  job.answer(Promise.reject(error));
}

export const NO_OPTIONS: EditOptions<unknown> = {};

/** What became of one, before it is committed. */
export interface Edited {
  readonly job: Job;
  readonly value: unknown;
  readonly change: Change;
}
