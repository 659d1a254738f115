import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Firewall, MemoryKernel, openFirewall, type Watch } from '../../lib';
import { Namespace } from '../support/namespace';
import { until } from '../support/until';
import { Events } from './events';
import { FOREIGN_HANDS } from './foreign-hands';

const WEB = { name: 'web', port: 8445, targetPort: 8443 };
const ROOT = join(__dirname, '..', '..');
/** Threads and open files of this process, the sockets of its watches among them. */
function resources(): number[] {
  return [readdirSync('/proc/self/task').length, readdirSync('/proc/self/fd').length];
}

function isMoreThan(before: readonly number[]): boolean {
  return resources().some((count, index) => count > (before[index] ?? 0));
}

for (const backend of ['iptc', 'nft'] as const) {
  describe(`A watch on ${backend}`, () => {
    let namespace: Namespace;
    let firewall: Firewall;

    beforeEach(async () => {
      namespace = await Namespace.create();
      firewall = await openFirewall({ backend, namespace: namespace.path });
      await firewall.publish(WEB);
    });

    afterEach(async () => {
      await firewall.close();
      await namespace.remove();
    });

    /** Runs lines with a firewall that is watched, in a process of its own, to its end. */
    async function program(lines: string): Promise<number> {
      const text = `
        const { openFirewall } = require('./lib');
        (async () => {
          const firewall = await openFirewall({ backend: '${backend}' });
          const watch = await firewall.watch({ heal: true, interval: 50 });
          ${lines}
        })();`;
      const words = ['--require', 'tsx/cjs', '--eval', text];
      return (await namespace.run(process.execPath, words, { cwd: ROOT, timeout: 15_000 })).code;
    }

    it('leaves no thread, file, socket or timer behind when it is closed', async () => {
      await (await firewall.watch()).close();
      const before = resources();
      for (let round = 0; round < 20; round += 1) {
        const watch = (await firewall.watch({ interval: 10, heal: round % 2 === 0 })).ref();
        assert.ok(isMoreThan(before));
        await watch.close();
        await watch.close();
      }
      await until('no more than before', () => !isMoreThan(before));
    });

    it('is closed by its signal, by its firewall, and by the end of a block', async () => {
      const abort = new AbortController();
      const watch = await firewall.watch({ signal: abort.signal });
      abort.abort();
      assert.ok(watch.isClosed);
      await watch.close();
      const block = async (): Promise<Watch> => {
        await using inner = await firewall.watch();
        return inner;
      };
      assert.ok((await block()).isClosed);
      const last = await firewall.watch();
      await firewall.close();
      assert.ok(last.isClosed);
    });

    it('is closed at the very moment at which it has healed', async () => {
      const hand = FOREIGN_HANDS[backend][backend === 'iptc' ? 'iptables -t nat -F' : 'nft delete table'] ?? '';
      for (let round = 0; round < 5; round += 1) {
        const watch = await firewall.watch({ heal: true, interval: 10 });
        const healed = once(watch, 'healed');
        await namespace.exec('sh', ['-ec', hand]);
        await healed;
        await watch.close();
      }
    });

    it('does not begin where its signal was raised, before or while it starts', async () => {
      await (await firewall.watch()).close();
      const before = resources();
      const reason = new Error('enough');
      await assert.rejects(() => firewall.watch({ signal: AbortSignal.abort(reason) }), reason);
      const abort = new AbortController();
      const starting = firewall.watch({ signal: abort.signal });
      abort.abort(reason);
      await assert.rejects(() => starting, reason);
      await until('no more than before', () => !isMoreThan(before));
    });

    it('is the only one of its firewall', async () => {
      await firewall.watch();
      await assert.rejects(() => firewall.watch(), { code: 'ERR_CONFLICT' });
    });

    it('lets the process end, unless ref() was called', async () => {
      assert.equal(await program('process.exitCode = 7;'), 7);
      assert.equal(await program('watch.ref(); setTimeout(() => { process.exitCode = 7; watch.unref(); }, 500);'), 7);
      assert.equal(await program('watch.ref(); setTimeout(() => process.exit(7), 200);'), 7);
      assert.equal(await program('process.exitCode = 1; await watch.close(); process.exitCode = 7;'), 7);
    });

    it('takes nothing that it does not know', async () => {
      const wrong: readonly [options: object, field: string][] = [
        [{ heal: 1 }, 'heal'],
        [{ interval: 9 }, 'interval'],
        [{ interval: '1s' }, 'interval'],
        [{ interval: 2 ** 31 }, 'interval'],
        [{ signal: {} }, 'signal'],
        [{ healing: true }, 'watch.healing'],
      ];
      for (const [options, field] of wrong) {
        await assert.rejects(() => firewall.watch(options), { code: 'ERR_INVALID_ARGUMENT', field });
      }
    });
  });
}

describe('A watch on the memory backend', () => {
  it('reports and heals as well', async () => {
    const kernel = new MemoryKernel();
    const firewall = await openFirewall({ backend: 'memory', kernel });
    await firewall.publish(WEB);
    const events = new Events(await firewall.watch({ heal: true, interval: 10 }));
    kernel.chains({ family: 'ipv4', table: 'nat' }).set('portshift.pre', []);
    await until('healed', () => events.healed.length > 0);
    assert.equal(kernel.chains({ family: 'ipv4', table: 'nat' }).get('portshift.pre')?.length, 3);
    assert.match(events.lost.flat().join(), /redirect tcp 8445>8443 name=web/);
    await firewall.close();
  });
});
