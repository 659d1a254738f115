import { setTimeout as sleep } from 'node:timers/promises';
import { addLatency } from './latency';
import { probe } from './probe';
import type { HammerOptions, HammerResult } from './protocol';

/** Something that keeps on trying, and counts. */
export abstract class Tireless {
  protected abstract readonly workers: readonly Promise<void>[];
  protected result = noResult();
  protected stopped = false;

  /** Other ports from now on. Resolves when nothing that was begun with the previous ones is under way. */
  abstract aim(ports: number[]): Promise<void>;

  /** What was counted since the last lap. */
  lap(): HammerResult {
    const { result } = this;
    this.result = noResult();
    return result;
  }

  async stop(): Promise<HammerResult> {
    this.stopped = true;
    await Promise.all(this.workers);
    return this.result;
  }
}

/** New connections without a pause, or with a short one, to see whether a change ever refuses one. */
export class Hammer extends Tireless {
  readonly #options: HammerOptions;
  readonly #underWay = new Set<Promise<void>>();
  protected readonly workers: readonly Promise<void>[];
  #ports: number[];

  constructor(options: HammerOptions) {
    super();
    this.#options = options;
    this.#ports = options.ports;
    this.workers = Array.from({ length: options.concurrency }, () => this.#work());
  }

  async aim(ports: number[]): Promise<void> {
    this.#ports = ports;
    await Promise.all(this.#underWay);
  }

  async #work(): Promise<void> {
    while (!this.stopped) {
      const attempt = this.#attempt();
      this.#underWay.add(attempt);
      await attempt;
      this.#underWay.delete(attempt);
      if (this.#options.pause !== undefined) await sleep(this.#options.pause);
    }
  }

  async #attempt(): Promise<void> {
    const said: string[] = [];
    const begun = performance.now();
    let connected = Number.NaN;
    const now = () => {
      connected = performance.now();
    };
    for (const port of this.#ports) {
      const outcome = await probe({ ...this.#options, port }, now);
      if (outcome.state === 'open') {
        this.result.attempts += 1;
        addLatency(this.result.latencies, connected - begun);
        return count(this.result.open, `${outcome.server} on ${port}`);
      }
      said.push(`${port} ${outcome.state === 'failed' ? outcome.code : outcome.state}`);
    }
    this.result.attempts += 1;
    count(this.result.failed, said.join(', '));
  }
}

function noResult(): HammerResult {
  return { attempts: 0, open: {}, failed: {}, latencies: {} };
}

export function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
