import { setImmediate } from 'node:timers/promises';
import { FirewallError, openFirewall, type PublishedPort } from '../../lib';
import type { ChurnOptions, ChurnReport, Told } from './protocol';

/** Published ports that this process tends, each with a name of its own. */
const SLOTS = 6;
/** Public ports of this process alone, and ones that all of them try to have. */
const OWN = { first: 10_000, count: 50 };
const CONTENDED = { first: 9_000, count: 8 };
/** The target ports are everybody's: what one process closes must stay closed when another one withdraws. */
const TARGETS = [7_001, 7_002, 7_003];

/** Nobody gets a turn for sure where eight processes and a shell loop want the xtables lock all the time. */
const LOCK_TIMEOUT_MS = 60_000;

const random = (count: number) => Math.floor(Math.random() * count);

/** Changes ports of one owner at random, and knows what it was told had succeeded. */
class Churn {
  readonly #slots = new Map<number, PublishedPort>();
  #shared: PublishedPort | undefined;
  readonly report: ChurnReport = { published: [], changes: 0, conflicts: 0, starved: 0, failures: [] };

  constructor(readonly options: ChurnOptions) {}

  async run(): Promise<void> {
    const { backend, ms, shared } = this.options;
    const firewall = await openFirewall({ backend, lockTimeout: LOCK_TIMEOUT_MS });
    this.#shared = (await firewall.published()).find(({ name }) => name === shared);
    const end = performance.now() + ms;
    const worker = async (slots: number[]) => {
      for (let turn = 0; performance.now() < end; turn += 1) {
        const slot = slots[turn % slots.length] as number;
        await this.#attempt(slot, () => this.#change(slot, (options) => firewall.publish(options)));
        await setImmediate();
      }
    };
    // Calls of one process that overlap share commits; each slot has one call at a time.
    const slots = Array.from({ length: SLOTS }, (_, slot) => slot);
    await Promise.all([worker(slots.filter((slot) => slot % 2 === 0)), worker(slots.filter((slot) => slot % 2 === 1))]);
    await firewall.close();
    this.report.published = [...this.#slots.values()].map(told);
  }

  async #change(slot: number, publish: (options: Told) => Promise<PublishedPort>): Promise<void> {
    const port = this.#slots.get(slot);
    const what = random(5);
    if (slot === 0 && what === 0 && this.#shared !== undefined) {
      await this.#shared.move(this.#contended() + 100);
      this.report.shared = this.#shared.port as number;
    } else if (port === undefined) {
      const protocol = slot % 3 === 0 ? 'udp' : 'tcp';
      const name = `process-${this.options.index}-${slot}`;
      this.#slots.set(slot, await publish({ name, protocol, port: this.#port(), targetPort: this.#target() }));
    } else if (what < 2) {
      await port.move(this.#port());
    } else if (what < 4) {
      await port.retarget(this.#target());
    } else {
      await port.withdraw();
      this.#slots.delete(slot);
    }
  }

  async #attempt(slot: number, change: () => Promise<void>): Promise<void> {
    try {
      await change();
      this.report.changes += 1;
    } catch (error) {
      const { code, message } =
        error instanceof FirewallError ? error : { code: 'no FirewallError', message: `${error}` };
      if (code === 'ERR_CONFLICT' && /is taken by/.test(message)) this.report.conflicts += 1;
      else if (code === 'ERR_CONFLICT' && /other processes changed/.test(message)) this.report.starved += 1;
      else this.report.failures.push(`${slot}: ${code} ${message}`);
    }
  }

  #port(): number {
    if (random(4) === 0) return this.#contended();
    return OWN.first + this.options.index * OWN.count + random(OWN.count);
  }

  #contended(): number {
    return CONTENDED.first + random(CONTENDED.count);
  }

  #target(): number {
    return TARGETS[random(TARGETS.length)] as number;
  }
}

function told({ name, protocol, port, targetPort }: PublishedPort): Told {
  return { name, protocol, port: port as number, targetPort };
}

async function main(options: ChurnOptions): Promise<void> {
  const churn = new Churn(options);
  await churn.run();
  process.stdout.write(JSON.stringify(churn.report));
}

void main(JSON.parse(process.argv[2] as string) as ChurnOptions);
