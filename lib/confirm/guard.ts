import type { BackendName } from '../backends/backend';
import type { Applied } from '../engine/applied';
import { checkSignal } from '../model/call-options';
import { checkBoolean, checkMilliseconds, checkObject } from '../model/fields';
import { FirewallError, messageOf } from '../util/errors';
import { confirmPending, type GuardianLine, type Guardians, releasePending, type Said, silent } from './guardians';
import type { Question } from './protocol';

/** The options of `apply()` and `publishAll()`. */
export interface ConfirmOptions {
  /**
   * The time in ms, 1 to 2147483647, within which the change must be confirmed after it was made. Otherwise it is
   * rolled back, even if this process has ended. Default: the change needs no confirmation.
   */
  readonly confirmWithin?: number;
  /** The option `warnings` of `publish()`. */
  readonly warnings?: boolean;
  /** Ends the wait, as in every call; nothing was changed then. */
  readonly signal?: AbortSignal;
}

export interface CheckedConfirm {
  readonly within: number | undefined;
  readonly warnings: boolean;
  readonly signal: AbortSignal | undefined;
}

/** @throws FirewallError ERR_INVALID_ARGUMENT */
export function checkConfirmOptions(call: string, options: unknown): CheckedConfirm {
  const { confirmWithin, warnings, signal } = checkObject(call, options, ['confirmWithin', 'warnings', 'signal']);
  return {
    within: checkMilliseconds('confirmWithin', confirmWithin, 1),
    warnings: checkBoolean('warnings', warnings, false),
    signal: checkSignal(signal),
  };
}

/** Protects one change from before it is made. A guardian performs the rollback. */
export class Guard {
  #line: GuardianLine | undefined;
  #id: string | undefined;

  constructor(
    readonly guardians: Guardians,
    readonly backend: BackendName,
    readonly within: number,
    /** Ends the wait for the guardian, before the change is made. */
    readonly signal?: AbortSignal | undefined,
  ) {}

  /** Identifies the change that waits for its confirmation; undefined if none was announced. */
  get id(): string | undefined {
    return this.#id;
  }

  /**
   * Announces the change to the guardian. It is called before the change is made, and again if the change is planned
   * anew.
   * @throws FirewallError ERR_GUARDIAN, ERR_CONFLICT; the signal's reason
   */
  async arm(before: readonly string[]): Promise<void> {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      this.#line ??= await this.guardians.connect(this.signal);
      const answer = await this.#ask(this.#line, {
        do: 'arm',
        backend: this.backend,
        before,
        within: this.within,
      });
      if (answer === 'silent') throw silent(this.#giveUp(this.#line), 'nothing was changed');
      if (answer?.is === 'refused' && answer.why !== 'it is over') throw new FirewallError('ERR_CONFLICT', answer.why);
      if (answer?.is === 'done') {
        this.#id = answer.id;
        return;
      }
      // The guardian was about to end.
      this.#line.close();
      this.#line = undefined;
    }
    throw new FirewallError(
      'ERR_GUARDIAN',
      'the process that would roll the change back ends as soon as it is started',
    );
  }

  /** Starts the time limit after the change was made. Returns true if the rollback is certain to happen. */
  async start(): Promise<boolean> {
    if (this.#line === undefined) return true;
    const answer = await this.#line.ask({ do: 'start' });
    if (answer !== 'silent' && answer?.is === 'done') {
      this.#line.close();
      return true;
    }
    this.#giveUp(this.#line);
    return false;
  }

  /** Cancels the announcement, because the change was not made. */
  async abandon(): Promise<void> {
    if (this.#line === undefined) return;
    await this.#line.ask({ do: 'abandon' });
    this.#giveUp(this.#line);
  }

  /** Ends the guardian after a rollback, if nothing else waits for it. @throws FirewallError ERR_GUARDIAN */
  async release(): Promise<void> {
    if (this.#id === undefined) return;
    try {
      await releasePending(this.guardians);
    } catch (error) {
      throw new FirewallError('ERR_GUARDIAN', `the change is rolled back, but ${messageOf(error)}`, { cause: error });
    }
  }

  /** @throws FirewallError ERR_NOT_FOUND */
  async confirm(): Promise<void> {
    if (this.#id !== undefined) await confirmPending(this.guardians, this.#id);
  }

  async #ask(line: GuardianLine, question: Question): Promise<Said> {
    try {
      return await line.ask(question, this.signal);
    } catch (error) {
      this.#giveUp(line);
      throw error;
    }
  }

  /** Cancels the announcement, and forgets the connection to the guardian. */
  #giveUp(line: GuardianLine): GuardianLine {
    line.giveUp();
    this.#line = undefined;
    this.#id = undefined;
    return line;
  }
}

/** Makes a change under a guard. If its rollback is not certain, the change is undone at once. */
export async function guarded(guard: Guard, change: (guard: Guard) => Promise<Applied>): Promise<Applied> {
  let applied: Applied;
  try {
    applied = await change(guard);
  } catch (error) {
    // If the kernel holds neither the old nor the new state, the guardian restores the old one.
    if (error instanceof FirewallError && error.installed !== undefined) await guard.start();
    else await guard.abandon();
    throw error;
  }
  if (applied.added.length + applied.removed.length === 0) {
    await guard.abandon();
    return applied;
  }
  if (await guard.start()) return applied;
  await applied.rollback({ force: true });
  throw new FirewallError(
    'ERR_GUARDIAN',
    'the process that would roll the change back ended, or was stopped, while it was being made; the change is rolled back',
  );
}

export function nobodyElse(confirmWithin: number): FirewallError {
  return new FirewallError(
    'ERR_UNSUPPORTED',
    "confirmWithin: with lifetime: 'process' no other process may change the rules, so none could roll them back; they go with this process as it is",
    { field: 'confirmWithin', value: confirmWithin },
  );
}
