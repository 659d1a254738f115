import { randomUUID } from 'node:crypto';
import type { BackendName } from '../backends/backend';
import { messageOf } from '../util/errors';
import type { Answer, PendingStatus, Question } from './protocol';

/** The calls that a guardian makes on a firewall that it alone uses. */
export interface Guarded {
  readonly backend: BackendName;
  restore(saved: { readonly rules: readonly string[] }): Promise<unknown>;
  planRestore(
    saved: { readonly rules: readonly string[] },
    call: { readonly signal: AbortSignal },
  ): Promise<{
    readonly added: readonly { readonly text: string }[];
    readonly removed: readonly { readonly text: string }[];
  }>;
}

/** The time between two attempts to roll back, in ms. */
const RETRY = 1_000;

/** How long the computation of what a rollback would change may take, in ms. Clients do not wait much longer. */
const STATUS_PATIENCE = 2_000;

/** The time in ms after which an announced change counts as made, even if nothing more was received about it. */
const LONGEST_CHANGE = 60_000;

interface Armed {
  readonly before: readonly string[];
  readonly within: number;
  readonly timer: NodeJS.Timeout;
}

/** The guardian's side of a conversation. The client sends the questions. */
export interface GuardianConversation {
  answer(question: Question): Promise<Answer>;
  /** Called when the client has closed the connection. */
  ended(): Promise<void>;
}

interface Pending {
  readonly before: readonly string[];
  deadline: number;
}

/**
 * Waits for the confirmation of a change, and rolls it back if none arrives. Changes that are made in the meantime are
 * rolled back with it. If one of those has a confirmation time of its own, that time replaces the earlier one for all
 * of them.
 *
 * Times are those of CLOCK_MONOTONIC, which nobody can set.
 */
export class Guardian {
  readonly id = randomUUID();
  #pending: Pending | undefined;
  /** Changes that were announced and of which no start was received. */
  readonly #armed = new Set<Armed>();
  #timer: NodeJS.Timeout | undefined;
  #attempt: Promise<void> | undefined;
  #failure: string | undefined;
  /** True if no change waits any more. */
  #over = false;
  #ending: Promise<void> | undefined;

  /** @param end is called once, when no change waits any more; `rolledBack` is true if it was rolled back */
  constructor(
    readonly firewall: Guarded,
    readonly end: (rolledBack: boolean) => Promise<void>,
  ) {}

  converse(): GuardianConversation {
    let armed: Armed | undefined;
    /** Undoes what this conversation has started. */
    let revert = () => {};
    const disarm = () => {
      clearTimeout(armed?.timer);
      if (armed !== undefined) this.#armed.delete(armed);
      armed = undefined;
    };
    const begin = () => {
      if (armed !== undefined) revert = this.#start(armed);
      disarm();
    };
    return {
      answer: async (question) => {
        if (this.#over && question.do !== 'confirm') return this.#refuse('it is over');
        switch (question.do) {
          case 'arm':
            if (question.backend !== this.firewall.backend) return this.#refuse(this.#otherBackend());
            disarm();
            armed = this.#arm(question.before, question.within);
            return this.#done();
          case 'start':
            begin();
            return this.#done();
          case 'abandon':
            disarm();
            revert();
            return this.#done();
          case 'status':
            return { is: 'status', ...(await this.#status()) };
          case 'confirm':
            return this.#confirm(question.id);
        }
      },
      ended: async () => {
        begin();
        await this.endIfIdle();
      },
    };
  }

  async endIfIdle(): Promise<void> {
    if (this.#over || (this.#pending === undefined && this.#armed.size === 0)) await this.#finish(false);
  }

  /** Rolls back at once. */
  async rollBackNow(): Promise<void> {
    if (this.#pending === undefined) await this.#finish(false);
    else await this.#rollBack();
  }

  #arm(before: readonly string[], within: number): Armed {
    const timer = setTimeout(() => this.#start(armed), LONGEST_CHANGE).unref();
    const armed: Armed = { before, within, timer };
    this.#armed.add(armed);
    return armed;
  }

  /**
   * Starts the time limit of a change. Returns a function that reverts this, unless another change has been started
   * since.
   */
  #start({ before, within }: Armed): () => void {
    const previous = this.#pending;
    const pending = { before: previous?.before ?? before, deadline: performance.now() + within };
    this.#pending = pending;
    this.#wait(within);
    return () => {
      if (this.#pending !== pending || this.#attempt !== undefined) return;
      this.#pending = previous;
      if (previous === undefined) clearTimeout(this.#timer);
      else this.#wait(Math.max(0, previous.deadline - performance.now()));
    };
  }

  #wait(time: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#rollBack(), time).unref();
  }

  async #confirm(id: string | undefined): Promise<Answer> {
    await this.#attempt;
    if (this.#over || this.#pending === undefined || (id !== undefined && id !== this.id)) {
      return this.#refuse('no change waits for that confirmation');
    }
    // The guardian ends when the client closes the connection, so that the client receives the answer.
    this.#over = true;
    clearTimeout(this.#timer);
    return this.#done();
  }

  async #rollBack(): Promise<void> {
    const pending = this.#pending;
    if (this.#over || pending === undefined || this.#attempt !== undefined) return;
    this.#attempt = this.firewall.restore({ rules: pending.before }).then(
      () => this.#finish(true),
      (error: unknown) => {
        this.#failure = messageOf(error);
        this.#wait(RETRY);
      },
    );
    await this.#attempt;
    this.#attempt = undefined;
  }

  async #status(): Promise<PendingStatus> {
    const { before = [], deadline = performance.now() } = this.#pending ?? {};
    const remaining = Math.max(0, Math.round(deadline - performance.now()));
    try {
      const { added, removed } = await this.firewall.planRestore(
        { rules: before },
        { signal: AbortSignal.timeout(STATUS_PATIENCE) },
      );
      const texts = { added: added.map(({ text }) => text), removed: removed.map(({ text }) => text) };
      return { remaining, ...texts, ...(this.#failure !== undefined && { failure: this.#failure }) };
    } catch (error) {
      return { remaining, added: [], removed: [], failure: this.#failure ?? messageOf(error) };
    }
  }

  async #finish(rolledBack: boolean): Promise<void> {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#ending ??= this.end(rolledBack);
    await this.#ending;
  }

  #done(): Answer {
    return { is: 'done', id: this.id };
  }

  #refuse(why: string): Answer {
    return { is: 'refused', why };
  }

  #otherBackend(): string {
    return `a change on backend '${this.firewall.backend}' waits for its confirmation; confirm it or roll it back first`;
  }
}
