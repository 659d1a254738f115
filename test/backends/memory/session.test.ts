import assert from 'node:assert/strict';
import { MemoryKernel, openFirewall } from '../../../lib';

describe('The memory backend', () => {
  it('keeps the rules of all firewalls of this process in one place, unless it is given another', async () => {
    const one = await openFirewall({ backend: 'memory', owner: 'shared' });
    const elsewhere = await openFirewall({ backend: 'memory', owner: 'shared', kernel: new MemoryKernel() });
    await one.publish({ port: 8445, targetPort: 8443 });
    const other = await openFirewall({ backend: 'memory', owner: 'shared' });
    assert.equal((await other.published()).length, 1);
    assert.deepEqual(await elsewhere.published(), []);
    await other.clear();
  });

  it('can have one family only', async () => {
    const kernel = new MemoryKernel(['ipv4']);
    const firewall = await openFirewall({ backend: 'memory', kernel });
    assert.equal(firewall.backend, 'memory');
    assert.deepEqual(firewall.families, ['ipv4']);
    await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
    assert.equal((await firewall.status())[0]?.family, 'ipv4');
    await assert.rejects(() => openFirewall({ backend: 'memory', kernel, families: ['ipv6'] }), {
      code: 'ERR_UNSUPPORTED',
      field: 'families',
      message: 'families: this network namespace has no ipv6; leave it out',
    });
  });

  it('fails once for each failure that it is told', async () => {
    const kernel = new MemoryKernel();
    const firewall = await openFirewall({ backend: 'memory', kernel });
    kernel.failNext({ step: 0, errno: 'ENFILE' });
    await assert.rejects(() => firewall.publish({ port: 1, targetPort: 2 }), { errno: 'ENFILE' });
    await firewall.publish({ port: 1, targetPort: 2 });
  });

  it('tells of every step, in the order in which the tables change', async () => {
    const kernel = new MemoryKernel();
    const firewall = await openFirewall({ backend: 'memory', kernel });
    const steps: string[] = [];
    kernel.onStep = ({ family, table }) => steps.push(`${family} ${table}`);
    await firewall.publish({ port: 8445, targetPort: 8443 });
    assert.deepEqual(steps, ['ipv4 nat', 'ipv6 nat', 'ipv4 mangle', 'ipv6 mangle']);
  });
});
