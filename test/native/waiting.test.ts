import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CallOptions, type Firewall, openFirewall } from '../../lib';
import { waitingCalls } from '../contract/abort.part';
import { Namespace } from '../support/namespace';

const REASON = new Error('not needed any more');
/** Longer than any test: what is not ended by its signal never ends. */
const FOR_EVER = 0x7fff_ffff;
const isReason = (error: unknown) => error === REASON;

describe('native: an AbortSignal ends the wait for the xtables lock', () => {
  let namespace: Namespace;
  let holder: ChildProcess | undefined;
  const opened: Firewall[] = [];

  beforeEach(async () => {
    namespace = await Namespace.create();
  });

  afterEach(async () => {
    await release();
    for (const firewall of opened.splice(0)) await firewall.close();
    await namespace.remove();
  });

  async function open(): Promise<Firewall> {
    const firewall = await openFirewall({ backend: 'iptc', namespace: namespace.path, lockTimeout: FOR_EVER });
    opened.push(firewall);
    return firewall;
  }

  async function takeLock(): Promise<void> {
    const file = process.env['XTABLES_LOCKFILE'] ?? '/run/xtables.lock';
    const child = spawn('flock', ['--no-fork', file, 'sh', '-c', 'echo held; exec cat']);
    holder = child;
    await once(child.stdout, 'data');
  }

  async function release(): Promise<void> {
    if (holder === undefined) return;
    const closed = once(holder, 'close');
    holder.stdin?.end();
    holder = undefined;
    await closed;
  }

  async function abortedLater(call: (options: CallOptions) => Promise<unknown>): Promise<void> {
    const controller = new AbortController();
    const calling = call({ signal: controller.signal });
    setTimeout(() => controller.abort(REASON), 15);
    await assert.rejects(calling, isReason);
  }

  it('of every call, and changes nothing', async () => {
    const firewall = await open();
    const saved = await firewall.save();
    const web = await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
    const rules = async () => (await firewall.save()).rules.toSorted();
    const before = await rules();
    await takeLock();
    for (const [name, call] of waitingCalls(firewall, web, saved)) {
      await abortedLater((options) => call(options)).catch((error: unknown) => assert.fail(`${name}: ${error}`));
    }
    await release();
    assert.deepEqual(await rules(), before);
    await web.move(8446);
    assert.deepEqual(
      (await firewall.published()).map(({ port }) => port),
      [8446],
    );
  });

  for (const backend of ['iptc', 'auto'] as const) {
    it(`of opening, ${backend}`, async () => {
      const firewall = await open();
      await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
      await takeLock();
      const options = { backend, namespace: namespace.path, lockTimeout: FOR_EVER };
      await abortedLater(({ signal }) => openFirewall({ ...options, ...(signal && { signal }) }));
    });
  }

  it('of one call, while those that share its commit go on waiting', async () => {
    const firewall = await open();
    await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
    await takeLock();
    const controllers = [new AbortController(), new AbortController(), new AbortController()] as const;
    const calls = controllers.map(({ signal }, index) =>
      firewall.publish({ name: `p${index}`, port: 9000 + index, targetPort: 7000 + index }, { signal }),
    );
    const settled = Promise.allSettled(calls);
    await sleep(15);
    controllers[0].abort(REASON);
    await assert.rejects(calls[0] as Promise<unknown>, isReason);
    controllers[2].abort(REASON);
    await assert.rejects(calls[2] as Promise<unknown>, isReason);
    await release();
    assert.deepEqual(
      (await settled).map(({ status }) => status),
      ['rejected', 'fulfilled', 'rejected'],
    );
    assert.deepEqual((await firewall.published()).map(({ name }) => name).sort(), ['p1', 'web']);
  });
});
