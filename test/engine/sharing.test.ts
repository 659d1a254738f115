import assert from 'node:assert/strict';
import { type MemoryFailure, MemoryKernel, openFirewall } from '../../lib';

/** The steps of the first published port: nat and mangle of both families. */
const STEPS = 4;

const web = (number: number) => ({ name: `web${number}`, port: 8000 + number, targetPort: 9000 + number });

class CountingKernel extends MemoryKernel {
  commits = 0;
  /** What becomes of the commits to come, one after the other. */
  readonly failures: (MemoryFailure | undefined)[] = [];

  override takeFailure(): MemoryFailure | undefined {
    this.commits += 1;
    return this.failures.shift();
  }
}

let kernel: CountingKernel;

const open = () => openFirewall({ backend: 'memory', kernel });
const outcomes = async (calls: Promise<unknown>[]) => (await Promise.allSettled(calls)).map(({ status }) => status);

beforeEach(() => {
  kernel = new CountingKernel();
});

describe('Calls at the same time', () => {
  it('share one commit', async () => {
    const firewall = await open();
    let steps = 0;
    kernel.onStep = () => {
      steps += 1;
    };
    await Promise.all([1, 2, 3, 4, 5].map((number) => firewall.publish(web(number))));
    assert.deepEqual([kernel.commits, steps], [1, STEPS]);
  });

  it('that come while a commit is under way share the next one', async () => {
    const firewall = await open();
    const rest: Promise<unknown>[] = [];
    kernel.onStep = () => {
      if (rest.length === 0) rest.push(...[2, 3, 4].map((number) => firewall.publish(web(number))));
    };
    await firewall.publish(web(1));
    await Promise.all(rest);
    assert.equal(kernel.commits, 2);
    assert.equal((await firewall.published()).length, 4);
  });

  it('of which one contradicts the others share one commit without it', async () => {
    const firewall = await open();
    const calls = [firewall.publish(web(1)), firewall.publish({ ...web(2), port: 8001 }), firewall.publish(web(3))];
    assert.deepEqual(await outcomes(calls), ['fulfilled', 'rejected', 'fulfilled']);
    assert.equal(kernel.commits, 1);
  });

  it('of which the kernel refuses one are made one by one, and that one fails alone', async () => {
    const firewall = await open();
    kernel.failures.push({ step: 0 }, undefined, { step: 2 });
    const calls = [1, 2, 3].map((number) => firewall.publish(web(number)));
    assert.deepEqual(await outcomes(calls), ['fulfilled', 'rejected', 'fulfilled']);
    assert.deepEqual(
      (await firewall.published()).map(({ name }) => name),
      ['web1', 'web3'],
    );
  });

  it('all fail, and are not tried again, where the kernel would refuse any', async () => {
    const firewall = await open();
    kernel.failures.push({ step: 0, errno: 'EPERM' });
    const calls = [1, 2, 3].map((number) => firewall.publish(web(number)));
    assert.deepEqual(await outcomes(calls), ['rejected', 'rejected', 'rejected']);
    assert.equal(kernel.commits, 1);
  });

  it('that change nothing together are not committed', async () => {
    const firewall = await open();
    await Promise.all([firewall.publish(web(1)), firewall.publish(web(1)), firewall.update({})]);
    await Promise.all([firewall.publish(web(1)), firewall.clear().then((cleared) => cleared.rollback())]);
    const { commits } = kernel;
    await Promise.all([firewall.publish(web(1)), firewall.update({}), firewall.publishAll([web(1)])]);
    assert.equal(kernel.commits, commits);
  });
});
