import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { BackendName } from '../../lib';
import { start } from '../support/command';
import type { DriverRequest, DriverResponse } from './protocol';
import type { Shim } from './shim';

const ROOT = join(__dirname, '..', '..');

/** A process that makes changes with faults in them, see driver-process.ts. */
export class Driver {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: NodeJS.AsyncIterator<string>;
  readonly #closed: Promise<unknown>;
  #stderr = '';

  constructor(shim: Shim, backend: BackendName, namespace: string) {
    const program = ['--require', 'tsx/cjs', join(__dirname, 'driver-process.ts'), backend, namespace];
    this.#child = start(process.execPath, program, { cwd: ROOT, env: { ...process.env, ...shim.environment } });
    this.#closed = once(this.#child, 'close');
    this.#child.stdin.on('error', () => {});
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Resolves when it has started. */
  async ready(): Promise<this> {
    await this.#next();
    return this;
  }

  async handle(request: DriverRequest): Promise<DriverResponse> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    return this.#next();
  }

  async end(): Promise<void> {
    this.#child.stdin.end();
    await this.#closed;
  }

  async #next(): Promise<DriverResponse> {
    const { done, value } = await this.#lines.next();
    if (!done) return JSON.parse(value) as DriverResponse;
    await this.#closed;
    throw new Error(`the driver has ended: ${this.#stderr}`);
  }
}
