import assert from 'node:assert/strict';
import { MemoryKernel, openFirewall } from '../../lib';
import { dumpMemory } from '../contract/memory-dump';

const WEB = { port: 8445, targetPort: 8443 };

async function prepare() {
  const kernel = new MemoryKernel();
  const open = () => openFirewall({ backend: 'memory', kernel });
  return { kernel, open, firewall: await open() };
}

/** What is left in the tables but for the built-in chains. */
const left = (kernel: MemoryKernel) => dumpMemory(kernel).match(/^.*portshift.*$/gm) ?? [];

const KEPT = [
  'ipv4 nat :portshift.keep',
  'ipv4 nat -A portshift.keep -m conntrack --ctdir ORIGINAL -j none # portshift keep',
  'ipv6 nat :portshift.keep',
  'ipv6 nat -A portshift.keep -m conntrack --ctdir ORIGINAL -j none # portshift keep',
];

describe('When the last rule goes while redirected connections run', () => {
  it('one rule keeps connection tracking on, and nothing else is left', async () => {
    const { kernel, firewall } = await prepare();
    const web = await firewall.publish(WEB);
    kernel.hasConnections = true;
    await web.withdraw();
    assert.deepEqual(left(kernel), KEPT);
    assert.deepEqual(await firewall.rules(), []);
  });

  it('that rule goes with the first look after the last connection', async () => {
    const { kernel, firewall, open } = await prepare();
    kernel.hasConnections = true;
    await (await firewall.publish(WEB)).withdraw();
    await open();
    assert.deepEqual(left(kernel), KEPT);
    kernel.hasConnections = false;
    const later = await open();
    assert.deepEqual(left(kernel), []);
    assert.deepEqual(later.repaired, []);
  });

  it('that rule goes as soon as there are rules again', async () => {
    const { kernel, firewall } = await prepare();
    kernel.hasConnections = true;
    await (await firewall.publish(WEB)).withdraw();
    await firewall.publish(WEB);
    assert.ok(!left(kernel).some((line) => line.includes('keep')));
  });

  it('and none run, nothing is left', async () => {
    const { kernel, firewall } = await prepare();
    await (await firewall.publish(WEB)).withdraw();
    assert.deepEqual(left(kernel), []);
  });
});
