import type { Journal } from '../model/journal';
import type { Ruleset } from '../model/ruleset';
import { inStrides } from '../util/strides';
import type { AtOnce, Edit, Edited, Job } from './edit';

export interface Ran {
  readonly edited: Edited[];
  readonly failed: { readonly job: Job; readonly error: unknown }[];
}

/** Runs edits one after the other. An edit that fails is undone and left out. */
export function* runEdits(jobs: readonly Job[], ruleset: Ruleset, journal: Journal): Generator<void, Ran> {
  const ran: Ran = { edited: [], failed: [] };
  if (jobs.every(({ edit }) => typeof edit !== 'function')) {
    yield* inStrides(jobs, (job) => runSmall(job, job.edit as AtOnce<unknown>, ruleset, ran));
    return ran;
  }
  for (const job of jobs) {
    const { edit } = job;
    if (typeof edit === 'function') yield* runLarge(job, edit(ruleset, journal), ruleset, ran);
    else runSmall(job, edit, ruleset, ran);
    yield;
  }
  return ran;
}

function runSmall(job: Job, edit: AtOnce<unknown>, ruleset: Ruleset, { edited, failed }: Ran): void {
  const before = ruleset.position;
  try {
    edited.push({ job, value: edit.run(ruleset), change: ruleset.changeSince(before) });
  } catch (error) {
    ruleset.revertTo(before);
    failed.push({ job, error });
  }
}

function* runLarge(
  job: Job,
  running: Generator<void, unknown>,
  ruleset: Ruleset,
  { edited, failed }: Ran,
): Generator<void> {
  const before = ruleset.position;
  try {
    edited.push({ job, value: yield* running, change: yield* ruleset.changeInSteps(before) });
  } catch (error) {
    ruleset.revertTo(before);
    failed.push({ job, error });
  }
}

/** Returns the change that an edit would make, and reverts the ruleset. */
export function* tryEdit(edit: Edit<unknown>, ruleset: Ruleset, journal: Journal) {
  try {
    if (typeof edit === 'function') yield* edit(ruleset, journal);
    else edit.run(ruleset);
    return yield* ruleset.changeInSteps(0);
  } finally {
    ruleset.revertTo(0);
  }
}
