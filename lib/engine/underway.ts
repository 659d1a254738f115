import { mayCut } from '../connections/filters';
import type { Change } from '../model/change';
import type { Edited, Job } from './edit';
import type { Ran } from './run-edits';

/** A commit that the kernel is making, or will make next. */
export interface UnderWay {
  readonly jobs: readonly Job[];
  readonly ran: Ran;
  readonly change: Change;
  /** The number of the ruleset's edits in this commit. */
  readonly edits: number;
  readonly signal: AbortSignal | undefined;
  readonly result: Promise<'committed' | 'stale'>;
}

/**
 * Returns true if these edits may be run before the result of the commit before them is known. Only small edits may, as
 * they do not depend on the journal. None may if that commit closes a port and ends its connections, because which ones
 * end depends on the current ruleset.
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

/** Returns a signal that is aborted when the signal of any of the jobs is. */
export function signalOf(jobs: readonly Job[]): AbortSignal | undefined {
  const signals: AbortSignal[] = [];
  for (const { options } of jobs) if (options.signal !== undefined) signals.push(options.signal);
  return signals.length === 0 ? undefined : AbortSignal.any(signals);
}
