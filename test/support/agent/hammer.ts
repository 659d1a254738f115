import { probe } from './probe';
import type { HammerOptions, HammerResult } from './protocol';

/** New connections without a pause, to see whether a change ever refuses one. */
export class Hammer {
  readonly #result: HammerResult = { attempts: 0, open: {}, failed: {} };
  readonly #workers: Promise<void>[];
  #stopped = false;

  constructor(options: HammerOptions) {
    this.#workers = Array.from({ length: options.concurrency }, () => this.#work(options));
  }

  async stop(): Promise<HammerResult> {
    this.#stopped = true;
    await Promise.all(this.#workers);
    return this.#result;
  }

  async #work(options: HammerOptions): Promise<void> {
    while (!this.#stopped) await this.#attempt(options);
  }

  async #attempt({ ports, ...options }: HammerOptions): Promise<void> {
    this.#result.attempts += 1;
    const said: string[] = [];
    for (const port of ports) {
      const outcome = await probe({ ...options, port });
      if (outcome.state === 'open') return count(this.#result.open, `${outcome.server} on ${port}`);
      said.push(`${port} ${outcome.state === 'failed' ? outcome.code : outcome.state}`);
    }
    count(this.#result.failed, said.join(', '));
  }
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
