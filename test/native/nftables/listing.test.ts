import assert from 'node:assert/strict';
import { installAll, NftHost, textsOf } from './support';

describe('The nft listing of everything at once', () => {
  let host: NftHost;

  beforeEach(async () => {
    host = await NftHost.create();
  });

  afterEach(() => host.remove());

  it('is input that nft takes back, and that portshift finds whole', async () => {
    const firewall = await host.open({ mark: { value: 0x2_0000, mask: 0x7_0000 } });
    const rules = await installAll(firewall);
    const listing = await host.list();
    await host.nft('flush', 'ruleset');
    await host.load(listing);
    assert.equal(await host.list(), listing);

    const later = await host.open();
    assert.deepEqual(later.repaired, []);
    assert.deepEqual(await textsOf(later), rules);
    assert.equal(await host.list(), listing);
  });

  it('leaves nothing behind when everything is cleared', async () => {
    const firewall = await host.open();
    await installAll(firewall);
    await firewall.clear();
    assert.equal(await host.list(), '');
  });

  it('does not get in the way of iptables-nft', async () => {
    const firewall = await host.open();
    await installAll(firewall);
    const before = await host.nft('list', 'table', 'inet', 'portshift');
    for (const command of ['iptables-nft', 'ip6tables-nft']) {
      await host.namespace.exec(command, [
        '-t',
        'nat',
        '-A',
        'PREROUTING',
        '-p',
        'tcp',
        '--dport',
        '1',
        '-j',
        'REDIRECT',
      ]);
      const { stdout } = await host.namespace.exec(command, ['-t', 'nat', '-S']);
      assert.match(stdout, /--dport 1 -j REDIRECT/);
      await host.namespace.exec(`${command}-save`);
    }
    assert.equal(await host.nft('list', 'table', 'inet', 'portshift'), before);
    await firewall.publish({ name: 'one-more', port: 9999, targetPort: 9998 });
    assert.match(await host.list(), /table ip6 nat/);
  });
});
