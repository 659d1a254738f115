import { setTimeout as sleep } from 'node:timers/promises';
import type { Backend, ReadOptions } from '../backends/backend';
import { type Change, isEmpty, toldInSteps } from '../model/change';
import { interruptible, unlessAborted } from '../util/abort';
import { FirewallError } from '../util/errors';
import { isHeldLong, rest, sliced } from '../util/slices';
import type { Announcer, Observer } from './bystanders';
import { conclude } from './conclude';
import { type Edit, type EditOptions, type Job, NO_OPTIONS, type Outcome, refuse, unasked } from './edit';
import { keysBefore } from './edits';
import { KnownRules } from './known-rules';
import { type Ran, runEdits, tryEdit } from './run-edits';
import { mayFollow, signalOf, type UnderWay } from './underway';
import { isAsIn, nothing, type View, withWhatIsInstalled } from './view';

/** How often a change is planned anew after other processes changed the same owner's rules in between. */
const ATTEMPTS = 100;

/** The largest number of small edits that make a small commit, which is planned in a moment. */
const FEW = 4;

/**
 * Serializes everything that one firewall does. Edits that arrive during a commit share the next one. An edit that
 * fails is left out, and the others are committed.
 */
export class Committer {
  readonly #rules: KnownRules;
  #queue: Job[] = [];
  #turn: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(
    readonly backend: Backend,
    readonly announcer?: Announcer | undefined,
  ) {
    this.#rules = new KnownRules(backend, announcer);
  }

  /** Descriptions of the damage that was found and repaired. */
  get repaired(): readonly string[] {
    return this.#rules.repaired;
  }

  /** Messages about the watches of other processes that did not receive the last announcement. */
  get unheard(): readonly string[] {
    return this.announcer?.unheard ?? [];
  }

  get observer(): Observer | undefined {
    return this.#rules.observer;
  }

  set observer(observer: Observer | undefined) {
    this.#rules.observer = observer;
  }

  /**
   * Commits an edit, and resolves to what `conclude` returns for the outcome.
   * @throws FirewallError; the signal's reason, where nothing was changed for it
   */
  edit<T, R>(edit: Edit<T>, conclude: (outcome: Outcome<T>) => R, options: EditOptions<T> = NO_OPTIONS): Promise<R> {
    return this.submit({
      edit,
      options,
      conclude: conclude as Job['conclude'],
      answer: unasked,
    });
  }

  /** Commits the edit of a job that the caller has made, and resolves to what the job's `conclude` returns. */
  submit<R>(job: Job): Promise<R> {
    const { signal } = job.options;
    const answer = new Promise<R>((resolve) => {
      this.#checkOpen();
      signal?.throwIfAborted();
      job.answer = resolve as Job['answer'];
      this.#queue.push(job);
      if (this.#queue.length === 1) this.#turn = this.#turn.then(this.#drain);
    });
    return signal === undefined ? answer : this.#untilLeft(job, signal, answer);
  }

  /**
   * Rejects a job whose signal is aborted while the job is still in the queue. A job in a running commit is ended by
   * `#attempt`.
   */
  #untilLeft<R>(job: Job, signal: AbortSignal, answer: Promise<R>): Promise<R> {
    const leave = () => {
      const index = this.#queue.indexOf(job);
      if (index < 0) return;
      this.#queue.splice(index, 1);
      refuse(job, signal.reason);
    };
    return interruptible(signal, leave, () => answer);
  }

  /** Returns the change that an edit would make, without making it. */
  async plan(edit: Edit<unknown>, signal?: AbortSignal): Promise<Change> {
    this.#checkOpen();
    return this.#reading(signal, async () => {
      await this.#rules.refresh({ signal, counters: false });
      return sliced(tryEdit(edit, this.#rules.ruleset, this.#rules.journal));
    });
  }

  /**
   * Reads the kernel after all earlier calls have finished, and resolves to what `view` returns.
   * @param view is run on what was read before any later call
   */
  async read<T>(view: View<T>, options: ReadOptions = {}): Promise<T> {
    this.#checkOpen();
    return this.#reading(options.signal, async () => sliced(view(await this.#rules.refresh(options))));
  }

  /** Reads what the kernel holds, and repairs it. */
  refresh(signal?: AbortSignal): Promise<void> {
    return this.read(nothing, { signal, counters: false });
  }

  /** Reads the kernel after all earlier calls have finished, passes the result to the observer, and repairs nothing. */
  async look(): Promise<void> {
    this.#checkOpen();
    await this.#exclusive(async () => {
      const installed = await this.backend.read({ counters: false });
      this.#rules.isCurrent &&= installed.isKnown || (await sliced(isAsIn(this.#rules.ruleset, installed)));
      if (this.#rules.observer !== undefined) await sliced(this.#rules.observer.seen(installed));
    });
  }

  /** Waits for all earlier calls, then closes the backend. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return this.#turn;
    this.#closed = true;
    return this.#exclusive(() => this.backend.close());
  }

  #checkOpen(): void {
    if (this.#closed) throw new FirewallError('ERR_CLOSED', 'the firewall is closed; open another one');
  }

  /** Runs work that changes nothing, which can therefore be abandoned at any time. */
  #reading<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const result = this.#exclusive(async () => {
      signal?.throwIfAborted();
      return work();
    });
    return unlessAborted(result, signal);
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  /** Commits everything in the queue. Never rejects. */
  readonly #drain = async (): Promise<void> => {
    if (isHeldLong()) await rest();
    const jobs = this.#queue;
    this.#queue = [];
    this.backend.prepare(jobs.length <= FEW && jobs.every(({ edit }) => typeof edit !== 'function'));
    // If any change has a guard, each gets a commit of its own, so that it can be rolled back alone.
    const isGuarded = jobs.some(({ options }) => options.guard !== undefined);
    const size = isGuarded ? 1 : this.backend.editsPerCommit;
    if (jobs.length <= size) return this.#commitTogether(jobs);
    let before: UnderWay | undefined;
    for (let from = 0; from < jobs.length; from += size) {
      const together = jobs.slice(from, from + size);
      const begun = isGuarded ? undefined : await this.#begin(together, before);
      const isMade = before === undefined || (await this.#finish(before, begun));
      before = isMade ? begun : undefined;
      if (before === undefined) await this.#commitTogether(together);
    }
    if (before !== undefined) await this.#finish(before);
  };

  /**
   * Starts a commit directly behind one that has not settled yet. Returns undefined, with no effect on the ruleset,
   * where the jobs cannot be pipelined; the caller then commits them the ordinary way.
   */
  async #begin(jobs: readonly Job[], before: UnderWay | undefined): Promise<UnderWay | undefined> {
    if (!this.#rules.isCurrent || !mayFollow(jobs, before)) return undefined;
    const ruleset = this.#rules.ruleset;
    const { position } = ruleset;
    const ran = await sliced(runEdits(jobs, ruleset, this.#rules.journal));
    const change = await sliced(ruleset.changeInSteps(position));
    if (needsTruth(ran) || isEmpty(change) || ruleset.size === 0) {
      ruleset.revertTo(position);
      return undefined;
    }
    const signal = signalOf(jobs);
    const result = this.backend.commit(change, signal, true);
    // The rejection is handled where `#finish` awaits the result.
    result.catch(() => undefined);
    return { jobs, ran, change, edits: ruleset.position - position, signal, result };
  }

  /**
   * Handles a committed change: settles the given number of the ruleset's edits, notifies the observer, rejects the
   * jobs that failed, and answers the others.
   */
  async #made({ edited, failed }: Ran, change: Change, edits: number): Promise<void> {
    const { ruleset, journal, observer } = this.#rules;
    ruleset.settle(edits);
    if (observer !== undefined && !isEmpty(change)) observer.committed(await sliced(toldInSteps(change)));
    for (const { job, error } of failed) refuse(job, error);
    await conclude(edited, ruleset, journal, this.backend.connections);
  }

  /**
   * Waits for a pipelined commit. Returns false if it was not made: then the commit behind it was not made either, and
   * the jobs of this one have been committed anew or rejected.
   */
  async #finish(made: UnderWay, behind?: UnderWay): Promise<boolean> {
    const { jobs, ran, change, edits, signal, result } = made;
    try {
      if ((await result) === 'committed') {
        await this.#made(ran, change, edits);
        return true;
      }
      this.#rules.isCurrent = false;
      await behind?.result.catch(() => undefined);
      await this.#commitTogether(jobs);
    } catch (error) {
      await behind?.result.catch(() => undefined);
      await this.#failed(jobs, signal, error);
    }
    return false;
  }

  async #commitTogether(jobs: readonly Job[]): Promise<void> {
    const signal = signalOf(jobs);
    try {
      if (jobs.length > 0) await this.#attempt(jobs, signal);
    } catch (error) {
      await this.#failed(jobs, signal, error);
    }
  }

  async #failed(jobs: readonly Job[], signal: AbortSignal | undefined, error: unknown): Promise<void> {
    this.#rules.isCurrent = false;
    if (signal?.aborted && error === signal.reason) return this.#withoutAborted(jobs);
    if (jobs.length === 1 || isEveryones(error)) {
      for (const job of jobs) refuse(job, await withWhatIsInstalled(error, this.backend));
      return;
    }
    // The kernel refused a part of the change. Each job gets a commit of its own, so that only the refused one fails.
    for (const job of jobs) await this.#commitTogether([job]);
  }

  async #withoutAborted(jobs: readonly Job[]): Promise<void> {
    for (const job of jobs) if (job.options.signal?.aborted) refuse(job, job.options.signal.reason);
    await this.#commitTogether(jobs.filter(({ options }) => !options.signal?.aborted));
  }

  /** @throws the signal's reason as long as nothing was changed */
  async #attempt(jobs: readonly Job[], signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    this.#rules.isFresh = false;
    if (!this.#rules.isCurrent || jobs.some(({ options }) => options.fresh))
      await this.#rules.refresh({ signal, counters: false });
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const running = sliced(runEdits(jobs, this.#rules.ruleset, this.#rules.journal));
      const ran = running instanceof Promise ? await running : running;
      const [only, another] = ran.edited;
      const change =
        only !== undefined && another === undefined ? only.change : await sliced(this.#rules.ruleset.changeInSteps(0));
      const fits = this.#rules.isFresh || !needsTruth(ran);
      const guard = jobs[0]?.options.guard;
      if (fits && !isEmpty(change)) await guard?.arm(await sliced(keysBefore(this.#rules.ruleset, change)));
      const { position } = this.#rules.ruleset;
      if (fits && (await this.#commit(change, signal)) === 'committed') {
        await this.#made(ran, change, position);
        return;
      }
      if (attempt > 2) await sleep(Math.random() * Math.min(attempt, 20));
      await this.#rules.refresh({ signal, counters: false });
    }
    throw new FirewallError(
      'ERR_CONFLICT',
      `other processes changed this owner's rules ${ATTEMPTS} times while a change was being made; try again, or give each an owner of its own`,
    );
  }

  async #commit(change: Change, signal: AbortSignal | undefined): Promise<'committed' | 'stale'> {
    if (isEmpty(change)) return 'committed';
    if (this.#rules.ruleset.size > 0) return this.backend.commit(change, signal);
    const done = await this.announcer?.emptying(signal);
    try {
      return await this.backend.commit(change, signal);
    } finally {
      done?.();
    }
  }
}

/**
 * Returns true if an edit failed or changes nothing. Such a result is valid only if it was computed from what the
 * kernel holds now.
 */
function needsTruth({ edited, failed }: Ran): boolean {
  return failed.length > 0 || edited.some(({ change }) => isEmpty(change));
}

/**
 * Returns true for an error that every change would meet, so that committing the jobs one by one would only repeat it.
 */
function isEveryones(error: unknown): boolean {
  return !(error instanceof FirewallError) || error.code !== 'ERR_COMMIT' || error.installed !== undefined;
}
