import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { openFirewall } from '../../../lib';
import { NftHost, textsOf } from './support';

const PROGRAM = join(__dirname, 'programs', 'hold.ts');

/** Another process that has published a port, and goes on until it is killed. */
async function holder(host: NftHost, lifetime: 'host' | 'process') {
  const child = host.namespace.spawn(process.execPath, ['-r', 'tsx/cjs', PROGRAM, lifetime]);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  assert.equal(line.toString(), 'held\n');
  return child;
}

describe('Rules on nft with lifetime', () => {
  let host: NftHost;

  beforeEach(async () => {
    host = await NftHost.create();
  });

  afterEach(() => host.remove());

  describe("'process'", () => {
    it('cannot be flushed or deleted by anybody else', async () => {
      const firewall = await host.open({ lifetime: 'process' });
      const web = await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
      const before = await host.list();
      assert.match(before, /flags owner/);
      await host.nft('flush', 'ruleset');
      assert.equal(await host.list(), before);
      for (const command of [
        ['delete', 'table', 'inet', 'portshift'],
        ['delete', 'element', 'inet', 'portshift', 'tcp_ports', '{ 8445 }'],
        ['add', 'rule', 'inet', 'portshift', 'closed_input', 'accept'],
      ]) {
        const { code, stderr } = await host.namespace.run('nft', command);
        assert.notEqual(code, 0);
        assert.match(stderr, /Operation not permitted/);
      }
      await web.move(8446);
      assert.match(await host.list(), /8446/);
    });

    it('are found by others, who cannot change them', async () => {
      const firewall = await host.open({ lifetime: 'process' });
      await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
      const other = await host.open();
      assert.deepEqual(await textsOf(other), await textsOf(firewall));
      const refusal = { code: 'ERR_CONFLICT', message: /belong to another process/ };
      await assert.rejects(other.clear(), refusal);
      await assert.rejects(host.open({ lifetime: 'process' }), refusal);
      const elsewhere = await host.open({ owner: 'other', lifetime: 'process' });
      await elsewhere.publish({ port: 9445, targetPort: 9443 });
    });

    it('go when the firewall is closed', async () => {
      const firewall = await host.open({ lifetime: 'process' });
      await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
      await firewall.close();
      assert.equal(await host.list(), '');
    });

    it('go when the process is killed', async () => {
      const child = await holder(host, 'process');
      assert.match(await host.list(), /8445/);
      const ended = once(child, 'close');
      child.kill('SIGKILL');
      await ended;
      assert.equal(await host.list(), '');
    });

    it('go when the last of them is withdrawn, and can come again', async () => {
      const firewall = await host.open({ lifetime: 'process' });
      const web = await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
      await web.withdraw();
      assert.equal(await host.list(), '');
      await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
      assert.match(await host.list(), /flags owner/);
    });

    it('do not take over rules that are to stay', async () => {
      const firewall = await host.open();
      await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
      const before = await host.list();
      await assert.rejects(host.open({ lifetime: 'process' }), { code: 'ERR_CONFLICT', field: 'lifetime' });
      assert.equal(await host.list(), before);
    });

    for (const backend of ['iptc', 'memory'] as const) {
      it(`are not to be had on ${backend}`, async () => {
        await assert.rejects(openFirewall({ backend, namespace: host.namespace.path, lifetime: 'process' }), {
          code: 'ERR_UNSUPPORTED',
          field: 'lifetime',
        });
      });
    }
  });

  describe("'host'", () => {
    it('stay when the process is killed, and the next one finds them', async () => {
      const child = await holder(host, 'host');
      const ended = once(child, 'close');
      child.kill('SIGKILL');
      await ended;
      const next = await host.open();
      assert.deepEqual(
        (await next.published()).map(({ name, port, targetPort }) => [name, port, targetPort]),
        [['held', 8445, 8443]],
      );
      assert.deepEqual(next.repaired, []);
    });

    it('are made again after a flush, or not, as their owner wants', async () => {
      const firewall = await host.open();
      const web = await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
      await host.nft('flush', 'ruleset');
      await assert.rejects(web.move(8446), { code: 'ERR_NOT_FOUND' });
      await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
      await host.nft('delete', 'table', 'inet', 'portshift');
      assert.deepEqual(await firewall.rules(), []);
    });
  });
});
