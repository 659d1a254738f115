import { mayCut } from './connections/filters';
import type { Edited, Job } from './edit';
import type { Change } from './plan/change';
import type { Ran } from './run-edits';

/** A commit that the kernel is at, or will be at next. */
export interface UnderWay {
  readonly jobs: readonly Job[];
  readonly ran: Ran;
  readonly change: Change;
  /** How many of the ruleset's edits are in it. */
  readonly edits: number;
  readonly signal: AbortSignal | undefined;
  readonly result: Promise<'committed' | 'stale'>;
}

/**
 * Whether these edits may be run before it is known what has become of those before them: small ones alone, which know
 * nothing of the journal; and not where a port was closed whose connections are to be cut, as that goes by what the
 * ruleset holds.
 */
export function mayFollow(jobs: readonly Job[], before: UnderWay | undefined): boolean {
  if (before?.ran.edited.some(isCutting)) return false;
  return jobs.every(isSmall);
}

function isCutting({ change }: Edited): boolean {
  return mayCut(change);
}

function isSmall({ edit, options }: Job): boolean {
  return typeof edit !== 'function' && !options.fresh;
}

/** Ends the wait for a commit as soon as one of its jobs is given up. */
export function signalOf(jobs: readonly Job[]): AbortSignal | undefined {
  const signals: AbortSignal[] = [];
  for (const { options } of jobs) if (options.signal !== undefined) signals.push(options.signal);
  return signals.length === 0 ? undefined : AbortSignal.any(signals);
}
