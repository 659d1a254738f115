import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Calls, Request, Response } from './agent/protocol';
import type { Namespace } from './namespace';

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

const ROOT = join(__dirname, '..', '..');

/** A process in a namespace that serves, probes and keeps connections open on request. */
export class Agent {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #stderr = '';

  constructor(namespace: Namespace) {
    this.#child = namespace.spawn(process.execPath, ['--require', 'tsx/cjs', join(__dirname, 'agent', 'main.ts')], {
      cwd: ROOT,
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#settle(JSON.parse(line) as Response));
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
    this.#child.stdin.on('error', () => {});
    this.#child.once('error', (error) => this.#fail(error));
    this.#child.once('close', () => this.#fail(new Error(`The agent has ended. ${this.#stderr}`.trim())));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  call<M extends keyof Calls>(method: M, ...args: Parameters<Calls[M]>): Promise<ReturnType<Calls[M]>> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
      return Promise.reject(new Error(`The agent has ended. ${this.#stderr}`.trim()));
    }
    this.#lastId += 1;
    const request: Request = { id: this.#lastId, method, args };
    return new Promise((resolve, reject) => {
      this.#pending.set(request.id, { resolve: (result) => resolve(result as ReturnType<Calls[M]>), reject });
      this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    });
  }

  #settle(response: Response): void {
    const pending = this.#pending.get(response.id);
    this.#pending.delete(response.id);
    if ('error' in response) pending?.reject(new Error(response.error));
    else pending?.resolve(response.result);
  }

  #fail(error: Error): void {
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }
}
