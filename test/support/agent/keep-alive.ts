import { setTimeout as sleep } from 'node:timers/promises';
import { type Flow, startFlow } from './flow';
import { count, Tireless } from './hammer';
import { addLatency } from './latency';
import type { KeepAliveOptions, Outcome } from './protocol';

/** Connections, or UDP flows, that are opened once and then asked again and again, always for the same server. */
export class KeepAlive extends Tireless {
  readonly opened: Promise<unknown>;
  readonly #options: KeepAliveOptions;
  protected readonly workers: readonly Promise<void>[];

  constructor(options: KeepAliveOptions) {
    super();
    this.#options = options;
    const flows = Array.from({ length: options.connections }, () => startFlow(options));
    const opened = flows.map((flow) => flow.opened(options.timeout));
    this.opened = Promise.all(opened);
    this.workers = flows.map(async (flow, index) => this.#work(flow, await opened[index]));
  }

  async aim(): Promise<void> {}

  async #work(flow: Flow, opening: Outcome | undefined): Promise<void> {
    let alive = this.#note('opening', opening);
    while (alive !== undefined && !this.stopped) {
      await sleep(this.#options.pause);
      const begun = performance.now();
      const answer = await flow.echo(this.#options.timeout);
      const server = this.#note('asked again', answer);
      if (server !== undefined) addLatency(this.result.latencies, performance.now() - begun);
      if (server !== undefined && server !== alive) count(this.result.failed, `${alive} became ${server}`);
      alive = server;
    }
    flow.close();
  }

  /** The server, if one has answered. */
  #note(what: string, outcome: Outcome | undefined): string | undefined {
    this.result.attempts += 1;
    if (outcome?.state === 'open') {
      count(this.result.open, `${outcome.server} on ${this.#options.port}`);
      return outcome.server;
    }
    count(this.result.failed, `${what}: ${outcome?.state}`);
    return undefined;
  }
}
