import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { BackendName } from '../../lib';
import type { Namespace } from '../support/namespace';
import type { ChangeRequest, ChangeResponse } from './protocol';
import type { Sabotage } from './sabotage';

export interface ChangerOptions {
  readonly backend: BackendName;
  readonly lockTimeout?: number;
  readonly sabotage?: Sabotage;
}

const ROOT = join(__dirname, '..', '..');

/** A process of its own that changes ports when it is told to, and can be killed at it. */
export class Changer {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: NodeJS.AsyncIterator<string>;
  readonly #ended: Promise<unknown>;
  #stderr = '';

  constructor(namespace: Namespace, { backend, lockTimeout = 5_000, sabotage }: ChangerOptions) {
    const program = ['--require', 'tsx/cjs', join(__dirname, 'changer-process.ts'), backend, String(lockTimeout)];
    this.#child = namespace.spawn(process.execPath, program, {
      cwd: ROOT,
      env: { ...process.env, ...sabotage?.environment },
    });
    this.#ended = once(this.#child, 'close');
    this.#child.stdin.on('error', () => {});
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
    const lines: Interface = createInterface({ input: this.#child.stdout });
    this.#lines = lines[Symbol.asyncIterator]();
  }

  /** Resolves when its firewall is open. */
  async open(): Promise<void> {
    if ((await this.#next()) === undefined) throw new Error(`The changer has ended: ${this.#stderr}`);
  }

  /** Undefined: it did not live to tell. */
  async change(request: ChangeRequest): Promise<ChangeResponse | undefined> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const response = await this.#next();
    if (response === undefined && this.#stderr !== '') throw new Error(`The changer has ended: ${this.#stderr}`);
    return response;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async #next(): Promise<ChangeResponse | undefined> {
    const { done, value } = await this.#lines.next();
    if (!done) return JSON.parse(value) as ChangeResponse;
    await this.#ended;
    return undefined;
  }
}
