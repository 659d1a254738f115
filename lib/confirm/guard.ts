import { checkSignal } from '../abort';
import type { BackendName } from '../backends/backend';
import { FirewallError, messageOf } from '../errors';
import type { Applied } from '../receipt';
import { checkBoolean, checkMilliseconds, checkObject } from '../rules/fields';
import { confirmPending, type GuardianLine, type Guardians, releasePending, type Said, silent } from './guardians';
import type { Question } from './protocol';

/** For `apply()` and `publishAll()`. */
export interface ConfirmOptions {
  /**
   * ms, 1 to 2147483647, in which the change must be confirmed, from when it is made; else it is rolled back, whatever
   * becomes of this process. Default: it needs no confirmation.
   */
  readonly confirmWithin?: number;
  /** As of `publish()`. */
  readonly warnings?: boolean;
  /** As of every call: ends the waiting, and then nothing was changed. */
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

/** Stands by one change from before it is made; what it promises is kept by a guardian. */
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

  /** Names what the change waits for; undefined where none was made. */
  get id(): string | undefined {
    return this.#id;
  }

  /**
   * Called before the change is made, and again where it is planned anew.
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
      // One that was just about to end.
      this.#line.close();
      this.#line = undefined;
    }
    throw new FirewallError(
      'ERR_GUARDIAN',
      'the process that would roll the change back ends as soon as it is started',
    );
  }

  /** The change was made. Answers whether its rollback is certain. */
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

  /** The change was not made. */
  async abandon(): Promise<void> {
    if (this.#line === undefined) return;
    await this.#line.ask({ do: 'abandon' });
    this.#giveUp(this.#line);
  }

  /** The change was rolled back: where nothing else waits, the guardian may go. @throws FirewallError ERR_GUARDIAN */
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

  /** Nothing waits for this change's sake. */
  #giveUp(line: GuardianLine): GuardianLine {
    line.giveUp();
    this.#line = undefined;
    this.#id = undefined;
    return line;
  }
}

/** Makes a change under a guard; it is taken back at once where its rollback is not certain. */
export async function guarded(guard: Guard, change: (guard: Guard) => Promise<Applied>): Promise<Applied> {
  let applied: Applied;
  try {
    applied = await change(guard);
  } catch (error) {
    // What is neither the old nor the new state is for the guardian to undo.
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
