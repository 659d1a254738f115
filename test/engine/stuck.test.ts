import assert from 'node:assert/strict';
import { type Firewall, FirewallError, MemoryKernel, openFirewall } from '../../lib';
import { dumpMemory } from '../contract/memory-dump';

const WEB = { name: 'web', port: 8445, targetPort: 8443 } as const;

const CHANGES: Readonly<Record<string, (firewall: Firewall) => Promise<unknown>>> = {
  'publish()': (firewall) => firewall.publish({ name: 'api', port: 9445, targetPort: 9443, deny: 'reject' }),
  'move()': async (firewall) => (await firewall.published())[0]?.move(8446),
  'retarget()': async (firewall) => (await firewall.published())[0]?.retarget(9443),
  'change of options': (firewall) => firewall.publishAll([{ ...WEB, deny: 'reject', established: 'drop' }]),
  'withdraw()': async (firewall) => (await firewall.published())[0]?.withdraw(),
};

async function prepare(): Promise<{ kernel: MemoryKernel; firewall: Firewall }> {
  const kernel = new MemoryKernel();
  const firewall = await openFirewall({ backend: 'memory', kernel });
  await firewall.publish(WEB);
  return { kernel, firewall };
}

async function rulesAfter(change?: (firewall: Firewall) => Promise<unknown>): Promise<string[]> {
  const { firewall } = await prepare();
  await change?.(firewall);
  return rulesOf(firewall);
}

const rulesOf = async (firewall: Firewall) => (await firewall.rules()).map(({ text }) => text).sort();

describe('A change that can neither be finished nor undone', () => {
  for (const [name, change] of Object.entries(CHANGES)) {
    it(`${name}: the next firewall repairs what is left, to what was before or should have been after`, async () => {
      const [before, after] = [await rulesAfter(), await rulesAfter(change)];
      let stuck = 0;
      for (let step = 1; ; step += 1) {
        const { kernel, firewall } = await prepare();
        kernel.failNext({ step, stuck: true });
        const failed = await change(firewall).then(
          () => false,
          () => true,
        );
        if (!failed) break;
        stuck += 1;
        await firewall.close();
        const next = await openFirewall({ backend: 'memory', kernel });
        assert.ok(next.repaired.length > 0);
        const left = await rulesOf(next);
        assert.ok(
          [before, after].some((rules) => rules.join() === left.join()),
          left.join('\n'),
        );
        const dump = dumpMemory(kernel);
        await openFirewall({ backend: 'memory', kernel });
        assert.equal(dumpMemory(kernel), dump);
      }
      assert.ok(stuck > 0);
    });

    it(`${name}: the same firewall goes on`, async () => {
      const { kernel, firewall } = await prepare();
      kernel.failNext({ step: 1, stuck: true });
      await assert.rejects(() => change(firewall), { code: 'ERR_COMMIT' });
      await firewall.publishAll([]);
      assert.deepEqual(await firewall.rules(), []);
      assert.ok(firewall.repaired.length > 0);
    });
  }

  it('says what is installed', async () => {
    const { kernel, firewall } = await prepare();
    kernel.failNext({ step: 3, stuck: true });
    await assert.rejects(
      () => firewall.clear(),
      (error) => {
        assert.ok(error instanceof FirewallError);
        assert.equal(error.code, 'ERR_COMMIT');
        const installed = ['redirect tcp 8445>8443 name=web (in part)', 'loopback tcp 8445>8443 name=web (in part)'];
        assert.deepEqual([...(error.installed ?? [])].sort(), installed.sort());
        assert.match(error.message, /undoing the steps before it failed as well; installed now: .* \(in part\)/);
        assert.ok(error.cause instanceof Error);
        return true;
      },
    );
  });

  it('says nothing of the kind where there was nothing to undo', async () => {
    const { kernel, firewall } = await prepare();
    kernel.failNext({ step: 0, stuck: true });
    const saysNothing = (error: unknown) =>
      error instanceof FirewallError && error.message.endsWith('; nothing was changed') && !('installed' in error);
    await assert.rejects(() => firewall.clear(), saysNothing);
  });
});
