import type { PublishedStatus } from '../lib';
import { type Delays, delaysOf } from './delays';
import { inHandfuls } from './handfuls';

/**
 * What the event loop has to wait for where somebody makes as many calls as portshift's are measured with, and nothing of
 * portshift is there: what V8 and the caller have of a delay.
 */
export type CallerDelays = Readonly<Record<'sequence' | 'changes' | 'list', Delays>>;

export interface CallerOptions {
  readonly count: number;
  readonly repeats: number;
}

/** Rounds before anything is measured. */
const WARM_UP = 4;

export async function measureCaller({ count, repeats }: CallerOptions): Promise<CallerDelays> {
  const caller = new Caller(count);
  const sequence = async () => {
    for (let round = 0; round < count; round += 1) await caller.call('web', 0);
  };
  const changes = () => inHandfuls(caller.names, (name, index) => caller.call(name, index));
  const list = () => caller.list();
  for (let round = 0; round < WARM_UP; round += 1) {
    for (const work of [sequence, changes, list]) await work();
  }
  return {
    sequence: await delaysOf(repeats, sequence),
    changes: await delaysOf(repeats, changes),
    list: await delaysOf(repeats, list),
  };
}

/** What is listed in one turn of the event loop. */
const PAGE = 100;

interface Answer {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

class Caller {
  readonly names: readonly string[];
  /** The last one to each call, as the handle of a published port keeps its receipt. */
  readonly #answers: (Answer | undefined)[];
  #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.names = Array.from({ length: count }, (_, index) => `p${index}`);
    this.#answers = this.names.map(() => undefined);
  }

  /** Answered in the next turn of the event loop. */
  call(name: string, index: number): Promise<Answer> {
    return new Promise((resolve) => {
      if (this.#waiting.length === 0) setImmediate(this.#answer);
      this.#waiting.push(() => {
        const from = this.#answers[index]?.to ?? 0;
        const answer = { name, from, to: 1 - from };
        this.#answers[index] = answer;
        resolve(answer);
      });
    });
  }

  /** Objects as they are listed, a page in a turn. */
  async list(): Promise<PublishedStatus[]> {
    const all: PublishedStatus[] = [];
    for (const name of this.names) {
      all.push({
        name,
        protocol: 'tcp',
        port: 1_024 + all.length,
        targetPort: 40_000 + all.length,
        direct: 'closed',
        deny: 'drop',
        established: 'keep',
        loopback: true,
        family: 'ipv4',
        connections: 0,
        denied: 0,
      });
      if (all.length % PAGE === 0) await new Promise(setImmediate);
    }
    return all;
  }

  readonly #answer = (): void => {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  };
}
