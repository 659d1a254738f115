import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A process that does one thing again and again when it is told to, and says how long each took; see native/bench/loop.h. */
export class Runner {
  readonly #lines: AsyncIterator<string>;
  #errors = '';

  constructor(
    readonly name: string,
    readonly child: ChildProcessWithoutNullStreams,
  ) {
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stderr.on('data', (chunk: Buffer) => {
      this.#errors += chunk.toString();
    });
    child.stdin.on('error', () => {});
  }

  /** The next line of its output. */
  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.name} has ended: ${this.#errors.trim()}`);
    return value as string;
  }

  /** Microseconds that each round took, with so many milliseconds of sleep before each. */
  async run(count: number, idle = 0): Promise<number[]> {
    this.child.stdin.write(`${count} ${idle * 1000}\n`);
    const line = await this.line();
    return line
      .trim()
      .split(' ')
      .map((nanoseconds) => Number(nanoseconds) / 1000);
  }
}
