import type { Edit, Edited, Job } from './edit';
import type { Journal } from './plan/journal';
import type { Ruleset } from './plan/ruleset';

export interface Ran {
  readonly edited: readonly Edited[];
  readonly failed: readonly { readonly job: Job; readonly error: unknown }[];
}

/** So many edits are a step that is not interrupted, where they are small. */
const STRIDE = 8;

/** Makes edits one after the other; one that fails is left out. */
export function* runEdits(jobs: readonly Job[], ruleset: Ruleset, journal: Journal): Generator<void, Ran> {
  const edited: Edited[] = [];
  const failed: { job: Job; error: unknown }[] = [];
  for (const job of jobs) {
    const { edit } = job;
    const before = ruleset.position;
    try {
      edited.push(
        typeof edit === 'function'
          ? { job, value: yield* edit(ruleset, journal), change: yield* ruleset.changeInSteps(before) }
          : { job, value: edit.run(ruleset), change: ruleset.changeSince(before) },
      );
    } catch (error) {
      ruleset.revertTo(before);
      failed.push({ job, error });
    }
    if (edited.length % STRIDE === 0 || typeof edit === 'function') yield;
  }
  return { edited, failed };
}

/** What an edit would change, without making it. */
export function* tryEdit(edit: Edit<unknown>, ruleset: Ruleset, journal: Journal) {
  try {
    if (typeof edit === 'function') yield* edit(ruleset, journal);
    else edit.run(ruleset);
    return yield* ruleset.changeInSteps(0);
  } finally {
    ruleset.revertTo(0);
  }
}
