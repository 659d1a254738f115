import type { HammerResult, Protocol } from '../support/agent/protocol';
import type { RunningHammer } from '../support/host';
import type { Hosts } from '../support/hosts';
import { hostOf, PLACES, type Place, PROTOCOLS } from './places';
import type { Totals } from './totals';

/** Before this, silence is no failure. A lost opening packet would be sent again after a second: see `Stage.finish`. */
export const PATIENCE_MS = 10_000;

/** A closed port refuses; anything else is a fault of the harness or of the host, and must not pass for closed. */
const REFUSED = /^\d+ refused$/;

export type Expectation = 'open' | 'closed';

interface Client {
  readonly title: string;
  readonly protocol: Protocol;
  readonly expect: Expectation;
  readonly keptOpen: boolean;
  readonly running: RunningHammer;
}

/** Clients of both protocols, from every place, that try again and again what must work and what must not. */
export class Load {
  readonly #clients: Client[] = [];
  #calm = true;
  /** Connections, and UDP datagrams, that a server has answered. */
  readonly answered: Record<Protocol, number> = { tcp: 0, udp: 0 };

  constructor(
    readonly hosts: Hosts,
    readonly scenario: string,
    readonly totals: Totals,
  ) {}

  /** New connections to the first of the ports that is open. */
  async hammer(title: string, ports: number[], expect: Expectation, pause: number): Promise<void> {
    await this.#everywhere(async ({ address }, protocol, host) => {
      const options = { protocol, address, ports, timeout: PATIENCE_MS, concurrency: 1, pause };
      return { title, protocol, expect, keptOpen: false, running: await host.startHammer(options) };
    });
  }

  /** Connections that are kept open, and must go on being answered by the same server. */
  async keepOpen(title: string, port: number, pause: number): Promise<void> {
    await this.#everywhere(async ({ address }, protocol, host) => {
      const options = { protocol, address, port, timeout: PATIENCE_MS, connections: 2, pause };
      const running = await host.startKeepAlive(options);
      if (protocol === 'tcp') this.answered.tcp += options.connections;
      return { title, protocol, expect: 'open', keptOpen: true, running };
    });
  }

  /** Other ports for the clients of that title. Resolves when no attempt on the previous ones is under way. */
  async aim(title: string, ports: number[]): Promise<void> {
    await Promise.all(this.#clients.filter((one) => one.title === title).map(({ running }) => running.aim(ports)));
  }

  /** What is counted from now on is counted as happening while changes run. */
  async changesBegin(): Promise<void> {
    await this.count();
    this.#calm = false;
  }

  /** Adds what the clients have seen so far to the totals. */
  async count(): Promise<void> {
    await this.#collect((running) => running.lap());
  }

  async stop(): Promise<void> {
    await this.#collect((running) => running.stop());
    this.#clients.splice(0);
  }

  async #everywhere(
    start: (place: Place, protocol: Protocol, host: ReturnType<typeof hostOf>) => Promise<Client>,
  ): Promise<void> {
    for (const place of PLACES) {
      for (const protocol of PROTOCOLS) {
        this.#clients.push(await start(place, protocol, hostOf(this.hosts, place)));
      }
    }
  }

  async #collect(take: (running: RunningHammer) => Promise<HammerResult>): Promise<void> {
    const results = await Promise.all(
      this.#clients.map(async (client) => ({ client, result: await take(client.running) })),
    );
    for (const { client, result } of results) this.#count(client, result);
  }

  #count({ title, protocol, expect, keptOpen }: Client, { attempts, open, failed, latencies }: HammerResult): void {
    const failures =
      expect === 'open'
        ? { ...failed, ...without(open, new RegExp(`^${protocol} (blue|green) on \\d+$`)) }
        : { ...open, ...without(failed, REFUSED) };
    this.totals.add(this.scenario, `${protocol} ${title}`, { attempts, failures, latencies, calm: this.#calm });
    if (protocol === 'tcp' && keptOpen) return;
    for (const count of Object.values(open)) this.answered[protocol] += count;
  }
}

function without(counts: Record<string, number>, expected: RegExp): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([said]) => !expected.test(said)));
}
