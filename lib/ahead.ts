import type { Meanwhile } from './backends/backend';
import { cuts } from './connections/filters';
import type { Edited, Job } from './edit';
import type { Journal } from './plan/journal';
import type { Ruleset } from './plan/ruleset';
import { type Ran, runEdits } from './run-edits';
import { sliced } from './slices';

/** The edits of the next commit, run while the one before it is under way; to be forgotten where that one fails. */
export class Ahead {
  #jobs: readonly Job[] | undefined;
  #running: Ran | Promise<Ran> | undefined;

  /** What runs them, where that may be done before those in front of them have been answered. */
  of(jobs: readonly Job[], before: readonly Edited[], ruleset: Ruleset, journal: Journal): Meanwhile | undefined {
    return mayRunAhead(jobs, before) ? () => this.#run(jobs, ruleset, journal) : undefined;
  }

  #run(jobs: readonly Job[], ruleset: Ruleset, journal: Journal): Promise<void> | undefined {
    const running = sliced(runEdits(jobs, ruleset, journal));
    this.#jobs = jobs;
    this.#running = running;
    return running instanceof Promise ? running.then(() => undefined) : undefined;
  }

  /** What became of these jobs, where it is they that were run. */
  take(jobs: readonly Job[]): Ran | Promise<Ran> | undefined {
    const running = this.#jobs === jobs ? this.#running : undefined;
    this.forget();
    return running;
  }

  forget(): void {
    this.#jobs = undefined;
    this.#running = undefined;
  }
}

/**
 * Small ones alone, which know nothing of the journal; and not where a port was closed whose connections are to be cut,
 * as that goes by what the ruleset holds.
 */
function mayRunAhead(jobs: readonly Job[], before: readonly Edited[]): boolean {
  if (jobs.length === 0 || before.some(({ change }) => change.added.some(cuts))) return false;
  return jobs.every(({ edit, options }) => typeof edit !== 'function' && !options.fresh);
}
