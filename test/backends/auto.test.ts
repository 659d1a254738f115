import assert from 'node:assert/strict';
import { openFirewall } from '../../lib';
import { Namespace } from '../support/namespace';

describe("openFirewall({ backend: 'auto' })", () => {
  let namespace: Namespace;

  beforeEach(async () => {
    namespace = await Namespace.create();
  });

  afterEach(() => namespace.remove());

  const chosen = async () => {
    await using firewall = await openFirewall({ namespace: namespace.path });
    return { backend: firewall.backend, reason: firewall.backendReason };
  };

  it('takes nft where nothing is in use, and creates no table by looking', async () => {
    assert.deepEqual(await chosen(), { backend: 'nft', reason: 'neither is in use here, and nft is the better one' });
    assert.equal((await namespace.exec('cat', ['/proc/net/ip_tables_names'])).stdout, '');
    assert.equal((await namespace.exec('nft', ['list', 'ruleset'])).stdout, '');
  });

  it('follows the legacy tables where they are what is in use', async () => {
    await namespace.exec('iptables-legacy', ['-w', '-A', 'INPUT', '-p', 'tcp', '--dport', '22', '-j', 'ACCEPT']);
    assert.equal((await chosen()).backend, 'iptc');
  });

  it('follows nf_tables where both are in use', async () => {
    await namespace.exec('iptables-legacy', ['-w', '-A', 'INPUT', '-p', 'tcp', '--dport', '22', '-j', 'ACCEPT']);
    await namespace.exec('nft', ['add', 'table', 'inet', 'other']);
    assert.equal((await chosen()).backend, 'nft');
  });

  for (const backend of ['iptc', 'nft'] as const) {
    it(`finds an owner's rules in ${backend} and does not double them`, async () => {
      await using first = await openFirewall({ backend, namespace: namespace.path });
      await first.publish({ name: 'web', port: 8445, targetPort: 8443 });
      if (backend === 'iptc') await namespace.exec('nft', ['add', 'table', 'inet', 'other']);
      await using second = await openFirewall({ namespace: namespace.path });
      assert.equal(second.backend, backend);
      assert.equal(second.backendReason, 'this owner has its rules there');
      const [web] = await second.published();
      await web?.move(8446);
      assert.deepEqual(
        (await first.status()).map(({ name, port }) => ({ name, port })),
        [{ name: 'web', port: 8446 }],
      );
    });
  }
});
