import { createInterface } from 'node:readline';
import {
  Applied,
  type BackendName,
  type Firewall,
  FirewallError,
  loopback,
  markDrop,
  openFirewall,
  type PublishedPort,
  redirect,
} from '../../lib';
import type { DriverRequest, DriverResponse, Work } from './protocol';
import { Control } from './shim';

/**
 * usage: driver-process BACKEND NAMESPACE: makes one change after another, each with its fault and with a firewall of its
 * own, whose sockets and thread no earlier one has touched. What a change starts from is read before the fault is armed,
 * so that the calls counted are those of the change.
 */
class Driver {
  constructor(
    readonly backend: BackendName,
    readonly namespace: string,
    readonly control: Control,
  ) {}

  async handle({ work, fault }: DriverRequest): Promise<DriverResponse> {
    const firewall = work.does === 'open' ? undefined : await this.#open();
    const opened = firewall === undefined ? [] : [firewall];
    const ready =
      firewall === undefined || work.does === 'open'
        ? async () => opened.push(await this.#open())
        : prepared(firewall, await firewall.published(), work);
    this.control.arm(fault);
    try {
      const result = await ready();
      if (!(result instanceof Applied)) return {};
      const { connections, error } = result.ended;
      return { ended: { connections, ...(error !== undefined && { error: error.code }) } };
    } catch (error) {
      if (!(error instanceof FirewallError)) throw error;
      const { code, message, installed } = error;
      return { error: { code, message, ...(installed !== undefined && { installed }) } };
    } finally {
      // What the thread still does after its answer is done by then.
      for (const one of opened) await one.close();
      this.control.disarm();
    }
  }

  #open(): Promise<Firewall> {
    return openFirewall({ backend: this.backend, namespace: this.namespace });
  }
}

function prepared(
  firewall: Firewall,
  published: readonly PublishedPort[],
  work: Exclude<Work, { does: 'open' }>,
): () => Promise<unknown> {
  switch (work.does) {
    case 'publish':
      return () => firewall.publish(work.options);
    case 'publishAll':
      return () => firewall.publishAll(work.options);
    case 'clear':
      return () => firewall.clear();
    case 'apply': {
      const rules = work.ports.flatMap(([port, targetPort]) => [
        redirect({ port, targetPort }),
        loopback({ port, targetPort }),
        markDrop({ port: targetPort, deny: 'reject' }),
      ]);
      return () => firewall.apply(rules);
    }
    default: {
      const port = published.find(({ name }) => name === work.name);
      if (port === undefined) throw new Error(`nothing is published as ${work.name}`);
      if (work.does === 'withdraw') return () => port.withdraw();
      return () => port[work.does](work.to, work.flows === undefined ? {} : { flows: work.flows });
    }
  }
}

async function main([backend, namespace]: string[]): Promise<void> {
  const control = new Control(process.env['PORTSHIFT_FAULTS'] ?? '', 'r+');
  const driver = new Driver(backend as BackendName, namespace ?? '', control);
  const answer = (response: DriverResponse) => process.stdout.write(`${JSON.stringify(response)}\n`);
  answer({});
  for await (const line of createInterface({ input: process.stdin })) {
    answer(await driver.handle(JSON.parse(line) as DriverRequest));
  }
}

void main(process.argv.slice(2));
