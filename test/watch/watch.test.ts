import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Firewall, markDrop, openFirewall, type Watch, type WatchOptions } from '../../lib';
import { builtProgram } from '../cli/program';
import { Host } from '../support/host';
import { until } from '../support/until';
import { Events } from './events';
import { FOREIGN_HANDS } from './foreign-hands';

const WEB = { name: 'web', port: 8445, targetPort: 8443 };
const FOREIGN =
  'printf "*raw\\n-A PREROUTING -s 192.0.2.1 -j ACCEPT\\nCOMMIT\\n" | iptables-legacy-restore -w --noflush';

/** Lets in whoever is to be denied. */
const INTRUDER = {
  iptc: 'iptables-legacy -w -t mangle -I portshift.syn -j ACCEPT',
  nft: 'nft insert rule inet portshift closed_input accept',
};

/** Whether nobody can see a part of it done. */
function isOneStroke(line: string): boolean {
  return !/;|\n.*tables-legacy/.test(line);
}

for (const backend of ['iptc', 'nft'] as const) {
  describe(`firewall.watch() on ${backend}`, () => {
    let host: Host;
    let firewall: Firewall;
    let directory: string;
    const watches: Watch[] = [];

    beforeEach(async () => {
      host = await Host.create();
      directory = mkdtempSync(join(tmpdir(), 'portshift-watch-'));
      await host.serve({ kind: 'tcp', id: 'blue', port: 8443 });
      firewall = await openFirewall({ backend, namespace: host.namespace.path });
      await firewall.publish(WEB);
      await shell(FOREIGN);
    });

    afterEach(async () => {
      for (const watch of watches.splice(0)) await watch.close();
      await firewall.close();
      await host.namespace.remove();
      rmSync(directory, { recursive: true, force: true });
    });

    const shell = (line: string) => host.namespace.exec('sh', ['-ec', line], { cwd: directory });

    async function watching(options: WatchOptions = {}): Promise<Events> {
      const watch = await firewall.watch({ interval: 50, ...options });
      watches.push(watch);
      return new Events(watch);
    }

    /** Everything in the kernel, but for what it counted. */
    async function kernel(): Promise<string> {
      const saved = await shell('iptables-legacy-save; ip6tables-legacy-save; nft --stateless list ruleset');
      return saved.stdout.replaceAll(/^#.*\n| \[\d+:\d+\]$/gm, '');
    }

    async function reachable(): Promise<number[]> {
      const probes = [8443, 8445, 8446].flatMap((port) =>
        ['127.0.0.1', '::1'].map((address) => ({ protocol: 'tcp' as const, address, port, timeout: 200 })),
      );
      const outcomes = await host.probe(probes);
      return probes.filter((_, index) => outcomes[index]?.state === 'open').map(({ port }) => port);
    }

    async function portshift(args: string, input = ''): Promise<void> {
      const words = [await builtProgram(), '--backend', backend, ...args.split(' ')];
      await host.namespace.exec(process.execPath, words, { input });
    }

    for (const [hand, line] of Object.entries(FOREIGN_HANDS[backend])) {
      it(`heals ${hand}`, async () => {
        const before = await kernel();
        const events = await watching({ heal: true });
        await shell(line);
        await until('healed', () => events.healed.length > 0);
        assert.ok((events.lost[0]?.length ?? 0) > 0);
        const theirs = await kernel();
        // Theirs is as their own tool has left it; ours is whole.
        const ours = (text: string) => text.split('\n').filter((each) => /portshift|8443|8445/.test(each));
        assert.deepEqual(ours(theirs), ours(before));
        assert.deepEqual(await reachable(), [8445, 8445]);
        assert.deepEqual(events.failed, []);
      });

      it(`reports ${hand}, once, and leaves it alone`, async () => {
        const events = await watching();
        await shell(line);
        const after = await kernel();
        await until('reported', () => events.lost.length > 0);
        await sleep(200);
        // A hand that takes several commands may be seen between two of them; what is told then is told once.
        for (const [index, lost] of events.lost.entries()) {
          assert.ok(index === 0 || lost.some((each) => !events.lost[index - 1]?.includes(each)));
        }
        if (isOneStroke(line)) assert.equal(events.lost.length, 1);
        assert.equal(events.count, events.lost.length);
        assert.equal(await kernel(), after);
      });
    }

    it('is not alarmed by what portshift does, in this process and in others', async () => {
      const events = await watching({ heal: true });
      const api = await firewall.publish({ name: 'api', port: 9445, targetPort: 9443 });
      await api.move(9446);
      await portshift('move web 8446');
      await portshift('publish 7445:7443 --name more');
      await portshift('withdraw api');
      await portshift('rollback');
      await firewall.update({ add: [markDrop({ port: 1 })] });
      await portshift('clear');
      await portshift('rollback');
      await portshift('apply - --confirm-within 1h', 'published: []');
      await portshift('rollback');
      await portshift('apply -', 'published: []');
      await sleep(200);
      assert.equal(events.count, 0);
      assert.deepEqual(await firewall.rules(), []);
      await firewall.publish(WEB);
      await firewall.clear();
      await firewall.publish(WEB);
      await sleep(200);
      assert.equal(events.count, 0);
    });

    it('takes back what a foreign hand does while portshift changes ports', async () => {
      const events = await watching({ heal: true });
      const flush = Object.values(FOREIGN_HANDS[backend])[backend === 'iptc' ? 3 : 0] ?? '';
      const [web] = await firewall.published();
      for (let round = 0; round < 10; round += 1) {
        await Promise.all([shell(flush), web?.move(8446 + (round % 2)).catch(() => undefined)]);
        await until('back', async () => (await firewall.published()).length === 1);
      }
      await web?.move(8445);
      await until('whole', async () => (await reachable()).join() === '8445,8445');
      assert.ok(events.lost.length >= 5, `${events.lost.length} of 10 flushes were seen as losses`);
    });

    it('reports a rule of others in an own chain, once, also beside what it heals, and leaves it there', async () => {
      const events = await watching({ heal: true });
      await shell(INTRUDER[backend]);
      await until('reported', () => events.lost.length > 0);
      assert.match(events.lost.flat().join(), /holds a rule of others/);
      const before = await kernel();
      const lines = FOREIGN_HANDS[backend];
      await shell(lines[backend === 'iptc' ? 'ip6tables -t mangle -F' : 'an element removed'] ?? '');
      await until('healed', () => events.healed.length > 0);
      await sleep(200);
      assert.equal(await kernel(), before);
      assert.equal(events.lost.length, 2);
      assert.deepEqual(events.failed, []);
    });

    it('learns of what another process has repaired away', async () => {
      const events = await watching({ heal: true, ...(backend === 'iptc' && { interval: 60_000 }) });
      const line = FOREIGN_HANDS[backend][backend === 'iptc' ? 'iptables -t nat -F' : 'an element removed'] ?? '';
      await shell(backend === 'iptc' ? `${line}; ${line.replace('iptables', 'ip6tables')}` : line);
      await portshift('list');
      await until('healed', () => events.healed.length > 0);
      assert.deepEqual(await reachable(), [8445, 8445]);
      assert.deepEqual((await firewall.rules()).map(({ text }) => text).sort(), [
        'loopback tcp 8445>8443 name=web',
        'markDrop tcp 8443 name=web',
        'redirect tcp 8445>8443 name=web',
      ]);
    });

    it('leaves what another process has put in the place of what was lost', async () => {
      const events = await watching();
      await shell(Object.values(FOREIGN_HANDS[backend])[backend === 'iptc' ? 3 : 0] ?? '');
      await until('reported', () => events.lost.length > 0);
      await portshift('publish 8445:9443 --name other');
      await watches.pop()?.close();
      await watching({ heal: true });
      await sleep(200);
      assert.deepEqual(
        (await firewall.published()).map(({ name, targetPort }) => [name, targetPort]),
        [['other', 9443]],
      );
    });
  });
}
