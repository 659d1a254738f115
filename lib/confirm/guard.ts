import { checkSignal } from '../abort';
import type { BackendName } from '../backends/backend';
import { FirewallError } from '../errors';
import type { Applied } from '../receipt';
import { checkMilliseconds, checkObject } from '../rules/fields';
import { confirmPending, type GuardianLine, type Guardians, releasePending } from './guardians';

/** For `apply()` and `publishAll()`. */
export interface ConfirmOptions {
  /**
   * ms, 1 to 2147483647, in which the change must be confirmed, from when it is made; else it is rolled back, whatever
   * becomes of this process. Default: it needs no confirmation.
   */
  readonly confirmWithin?: number;
  /** As of every call: ends the waiting, and then nothing was changed. */
  readonly signal?: AbortSignal;
}

export interface CheckedConfirm {
  readonly within: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** @throws FirewallError ERR_INVALID_ARGUMENT */
export function checkConfirmOptions(call: string, options: unknown): CheckedConfirm {
  const { confirmWithin, signal } = checkObject(call, options, ['confirmWithin', 'signal']);
  return { within: checkMilliseconds('confirmWithin', confirmWithin, 1), signal: checkSignal(signal) };
}

/** Stands by one change from before it is made; what it promises is kept by a guardian. */
export class Guard {
  #line: GuardianLine | undefined;
  #id: string | undefined;

  constructor(
    readonly guardians: Guardians,
    readonly backend: BackendName,
    readonly within: number,
  ) {}

  /** Names what the change waits for; undefined where none was made. */
  get id(): string | undefined {
    return this.#id;
  }

  /** Called before the change is made, and again where it is planned anew. @throws FirewallError ERR_GUARDIAN, ERR_CONFLICT */
  async arm(before: readonly string[]): Promise<void> {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      this.#line ??= await this.guardians.connect();
      const answer = await this.#line.ask({ do: 'arm', backend: this.backend, before, within: this.within });
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
    this.#line.close();
    return answer?.is === 'done';
  }

  /** The change was not made. */
  async abandon(): Promise<void> {
    await this.#line?.ask({ do: 'abandon' });
    this.#line?.close();
    this.#line = undefined;
    this.#id = undefined;
  }

  /** The change was rolled back: where nothing else waits, the guardian may go. */
  async release(): Promise<void> {
    if (this.#id !== undefined) await releasePending(this.guardians);
  }

  /** @throws FirewallError ERR_NOT_FOUND */
  async confirm(): Promise<void> {
    if (this.#id !== undefined) await confirmPending(this.guardians, this.#id);
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
    'the process that would roll the change back ended while it was being made; it is rolled back',
  );
}

export function nobodyElse(confirmWithin: number): FirewallError {
  return new FirewallError(
    'ERR_UNSUPPORTED',
    "confirmWithin: with lifetime: 'process' no other process may change the rules, so none could roll them back; they go with this process as it is",
    { field: 'confirmWithin', value: confirmWithin },
  );
}
