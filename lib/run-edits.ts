import { AtOnce, type Edit, type Edited, type Job } from './edit';
import type { Journal } from './plan/journal';
import type { Ruleset } from './plan/ruleset';

export interface Ran {
  readonly edited: readonly Edited[];
  readonly failed: readonly { readonly job: Job; readonly error: unknown }[];
}

/** Makes edits one after the other; one that fails is left out. */
export function* runEdits(jobs: readonly Job[], ruleset: Ruleset, journal: Journal): Generator<void, Ran> {
  const edited: Edited[] = [];
  const failed: { job: Job; error: unknown }[] = [];
  for (const job of jobs) {
    const { edit } = job;
    const before = ruleset.position;
    try {
      edited.push(
        edit instanceof AtOnce
          ? { job, value: edit.run(ruleset), change: ruleset.changeSince(before) }
          : { job, value: yield* edit(ruleset, journal), change: yield* ruleset.changeInSteps(before) },
      );
    } catch (error) {
      ruleset.revertTo(before);
      failed.push({ job, error });
    }
    yield;
  }
  return { edited, failed };
}

/** What an edit would change, without making it. */
export function* tryEdit(edit: Edit<unknown>, ruleset: Ruleset, journal: Journal) {
  try {
    if (edit instanceof AtOnce) edit.run(ruleset);
    else yield* edit(ruleset, journal);
    return yield* ruleset.changeInSteps(0);
  } finally {
    ruleset.revertTo(0);
  }
}
