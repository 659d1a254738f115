import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { BackendName } from '../../lib';
import type { Actor } from './actor';
import type { Operation } from './operations';

/** An actor in a process of its own. */
export class ProcessActor implements Actor {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async create(backend: BackendName, owner: string, namespace: string): Promise<ProcessActor> {
    const child = fork(join(__dirname, 'actor-process.ts'), [backend, owner, namespace], {
      execArgv: ['--require', 'tsx/cjs'],
    });
    const actor = new ProcessActor(child);
    await actor.#answer();
    return actor;
  }

  async perform(operation: Operation): Promise<string> {
    const answer = this.#answer();
    this.#child.send(operation);
    return (await answer) as string;
  }

  async forget(): Promise<void> {
    const answer = this.#answer();
    this.#child.send('forget');
    await answer;
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }

  async #answer(): Promise<unknown> {
    const gone = new AbortController();
    const ended = once(this.#child, 'exit', gone).then(() => {
      throw new Error('the actor has ended');
    });
    ended.catch(() => {});
    try {
      return (await Promise.race([once(this.#child, 'message', gone), ended]))[0];
    } finally {
      gone.abort();
    }
  }
}
