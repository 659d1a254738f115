import assert from 'node:assert/strict';
import { type Firewall, FirewallError, MemoryKernel, markDrop, openFirewall } from '../../lib';
import { dumpMemory } from '../contract/memory-dump';

const WEB = { name: 'web', port: 8445, targetPort: 8443 } as const;
const API = { name: 'api', port: 9445, targetPort: 9443, deny: 'reject' } as const;

/** Every kind of change, made to a firewall that has `web` and `api`. */
const CHANGES: Readonly<Record<string, (firewall: Firewall) => Promise<unknown>>> = {
  'publish()': (firewall) => firewall.publish({ port: 80, targetPort: 8080, established: 'drop' }),
  'publishAll()': (firewall) =>
    firewall.publishAll([
      { ...API, deny: 'drop' },
      { ...WEB, name: 'new', direct: 'local' },
    ]),
  'move()': async (firewall) => (await find(firewall, 'web')).move(8446),
  'retarget()': async (firewall) => (await find(firewall, 'api')).retarget(9000),
  'withdraw()': async (firewall) => (await find(firewall, 'api')).withdraw(),
  'apply()': (firewall) => firewall.apply([markDrop({ port: 8443 }), markDrop({ protocol: 'udp', port: 53 })]),
  'update()': (firewall) => firewall.update({ add: [markDrop({ port: '1-9', family: 'ipv6' })] }),
  'clear()': (firewall) => firewall.clear(),
  'restore()': (firewall) => firewall.restore({ rules: ['redirect tcp 80>8080', 'markDrop tcp 8443'] }),
  'rollback()': async (firewall) => (await (await find(firewall, 'web')).withdraw()).rollback(),
};

async function find(firewall: Firewall, name: string) {
  const found = (await firewall.published()).find((one) => one.name === name);
  assert.ok(found !== undefined);
  return found;
}

async function prepare(): Promise<{ kernel: MemoryKernel; firewall: Firewall }> {
  const kernel = new MemoryKernel();
  const firewall = await openFirewall({ backend: 'memory', kernel });
  await firewall.publishAll([WEB, API]);
  return { kernel, firewall };
}

/** How many steps a change takes. */
async function countSteps(change: (firewall: Firewall) => Promise<unknown>): Promise<number> {
  const { kernel, firewall } = await prepare();
  let steps = 0;
  kernel.onStep = () => {
    steps += 1;
  };
  await change(firewall);
  return steps;
}

const sorted = (dump: string) => dump.split('\n').sort().join('\n');

describe('A change of which a step fails', () => {
  for (const [name, change] of Object.entries(CHANGES)) {
    it(`${name}: leaves the rules of before, whichever step it is`, async () => {
      const steps = name === 'rollback()' ? 1 : await countSteps(change);
      assert.ok(steps > 0);
      for (let step = 0; step < steps; step += 1) {
        const { kernel, firewall } = await prepare();
        const before = sorted(dumpMemory(kernel));
        kernel.failNext({ step });
        await assert.rejects(() => change(firewall), { name: 'FirewallError', code: 'ERR_COMMIT', errno: 'ENOMEM' });
        assert.equal(sorted(dumpMemory(kernel)), before);
      }
    });

    it(`${name}: can be made again`, async () => {
      const { kernel, firewall } = await prepare();
      kernel.failNext({ step: 0 });
      await assert.rejects(() => change(firewall), { code: 'ERR_COMMIT' });
      await change(firewall);
      const clean = await prepare();
      await change(clean.firewall);
      const lines = (one: Firewall) => one.rules().then((rules) => rules.map(({ text }) => text).sort());
      assert.deepEqual(await lines(firewall), await lines(clean.firewall));
    });
  }
});

describe('The error of a step that fails', () => {
  it('names the table, the call and the errno, and says that nothing was changed', async () => {
    const { kernel, firewall } = await prepare();
    kernel.failNext({ step: 0 });
    await assert.rejects(
      () => firewall.clear(),
      (error) => {
        assert.ok(error instanceof FirewallError);
        assert.equal(error.message, 'changing the tables: commit failed: ENOMEM in ipv4 mangle; nothing was changed');
        assert.deepEqual([error.errno, error.syscall, error.operation], ['ENOMEM', 'commit', 'in ipv4 mangle']);
        assert.equal(error.installed, undefined);
        assert.ok(error.cause instanceof Error);
        return true;
      },
    );
  });

  it('says that the steps before it were undone', async () => {
    const { kernel, firewall } = await prepare();
    kernel.failNext({ step: 3 });
    await assert.rejects(() => firewall.clear(), { message: /in ipv6 security; the steps before it were undone$/ });
  });

  it('is one of permission where the kernel says so', async () => {
    const { kernel, firewall } = await prepare();
    kernel.failNext({ step: 0, errno: 'EPERM' });
    await assert.rejects(() => firewall.clear(), { code: 'ERR_PERMISSION', errno: 'EPERM' });
  });
});
