import { createInterface } from 'node:readline';
import { type Firewall, FirewallError, openFirewall } from '../../lib';
import type { BackendName } from '../../lib/backends/backend';
import type { ChangeRequest, ChangeResponse } from './protocol';

async function carryOut(firewall: Firewall, request: ChangeRequest): Promise<void> {
  if (request.change === 'publish') {
    await firewall.publish(request.options);
    return;
  }
  const port = (await firewall.published()).find(({ name }) => name === request.name);
  if (port === undefined) throw new Error(`Nothing is published as ${request.name}.`);
  if (request.change === 'withdraw') await port.withdraw();
  else await port[request.change](request.to);
}

async function attempt(work: () => Promise<void>): Promise<ChangeResponse> {
  try {
    await work();
    return {};
  } catch (error) {
    if (!(error instanceof FirewallError)) throw error;
    const { code, message, installed } = error;
    return { error: { code, message, ...(installed !== undefined && { installed }) } };
  }
}

async function main([backend, lockTimeout]: string[]): Promise<void> {
  const firewall = await openFirewall({ backend: backend as BackendName, lockTimeout: Number(lockTimeout) });
  const answer = (response: ChangeResponse) => process.stdout.write(`${JSON.stringify(response)}\n`);
  answer({});
  for await (const line of createInterface({ input: process.stdin })) {
    answer(await attempt(() => carryOut(firewall, JSON.parse(line) as ChangeRequest)));
  }
  await firewall.close();
}

void main(process.argv.slice(2));
