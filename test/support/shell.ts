import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import type { Namespace } from './namespace';

/** A shell that stays, inside a namespace: a command costs no more than the processes that it starts. */
export class Shell {
  readonly #child: ChildProcessWithoutNullStreams;
  #number = 0;
  #stdout = '';
  #stderr = '';
  #wake = () => {};

  constructor(namespace: Namespace) {
    this.#child = namespace.spawn('sh');
    this.#child.stdout.on('data', (chunk: Buffer) => {
      this.#stdout += chunk.toString();
      this.#wake();
    });
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
    this.#child.stdin.on('error', () => {});
    this.#child.once('close', () => this.#wake());
  }

  /** What the commands print, one call at a time; rejects when the last one fails. */
  async run(commands: string): Promise<string> {
    this.#number += 1;
    const mark = `\n--- ${this.#number} `;
    this.#child.stdin.write(`${commands}\necho "\n--- ${this.#number} $?"\n`);
    const end = new RegExp(`${mark}(\\d+)\\n$`);
    for (;;) {
      const found = end.exec(this.#stdout);
      if (found !== null) {
        const output = this.#stdout.slice(0, found.index);
        this.#stdout = '';
        if (found[1] !== '0') throw new Error(`${commands}: exit code ${found[1]}: ${this.#stderr}`);
        return output;
      }
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) throw new Error('the shell has ended');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.stdin.end();
    await closed;
  }
}
