import assert from 'node:assert/strict';
import { percentile } from './agent/latency';
import { makeCertificate } from './certificate';
import { FAMILIES, Hosts, SECOND_ADDRESSES, SECONDARY_ADDRESSES, SERVER_ADDRESSES, THIRD_ADDRESSES } from './hosts';

const PATIENCE_MS = 10_000;
const address = SERVER_ADDRESSES.ipv4[0];

describe('Hosts', () => {
  let hosts: Hosts;

  before(async () => {
    hosts = await Hosts.create({ secondInterface: true, third: true });
  });

  after(() => hosts.remove());

  async function reached(addresses: readonly string[], port: number): Promise<string[]> {
    const probes = addresses.map((address) => ({ protocol: 'tcp' as const, address, port, timeout: PATIENCE_MS }));
    const outcomes = await hosts.outside.probe(probes);
    return outcomes.map((outcome) => (outcome.state === 'open' ? outcome.server : outcome.state));
  }

  it('reach every address of the server host, on both interfaces', async () => {
    await hosts.server.serve({ kind: 'tcp', id: 'all', port: 1001 });
    const addresses = FAMILIES.flatMap((family) => [
      ...SERVER_ADDRESSES[family],
      SECONDARY_ADDRESSES[family],
      SECOND_ADDRESSES[family],
    ]);
    assert.deepEqual(await reached(addresses, 1001), Array(8).fill('all'));
    assert.equal(await hosts.server.servers.call('accepted', 'all'), 8);
  });

  it('reach a third host through the server host', async () => {
    await hosts.third?.serve({ kind: 'tcp', id: 'third', port: 1002 });
    assert.deepEqual(await reached(Object.values(THIRD_ADDRESSES), 1002), ['third', 'third']);
  });

  it('reach a server on the address that it is bound to only', async () => {
    await hosts.server.serve({ kind: 'tcp', id: 'bound', address: SECONDARY_ADDRESSES.ipv4, port: 1003 });
    assert.deepEqual(await reached([SECONDARY_ADDRESSES.ipv4, address], 1003), ['bound', 'refused']);
  });

  it('speak HTTPS, and hold a download until it is released', async () => {
    const certificate = await makeCertificate();
    await hosts.server.serve({ kind: 'https', id: 'secure', port: 1004, certificate });
    const target = { protocol: 'tcp', address, port: 1004, timeout: PATIENCE_MS, ca: certificate.cert } as const;
    assert.deepEqual(await hosts.outside.probe([target]), [{ state: 'open', server: 'secure', port: 1004 }]);
    const download = await hosts.outside.download(target);
    assert.equal((await download.status()).state, 'running');
    await hosts.server.servers.call('releaseDownloads', 'secure');
    const end = await download.end();
    assert.equal(end.state, 'complete');
    assert.equal(end.announced, end.bytes);
  });

  it('count a download as broken when its server goes', async () => {
    const certificate = await makeCertificate();
    await hosts.server.serve({ kind: 'https', id: 'going', port: 1005, certificate });
    const target = { protocol: 'tcp', address, port: 1005, ca: certificate.cert } as const;
    const download = await hosts.outside.download(target);
    await hosts.server.servers.call('stop', 'going');
    assert.equal((await download.end()).state, 'broken');
  });

  for (const protocol of ['tcp', 'udp'] as const) {
    it(`hammer ${protocol} ports and count who answered and what failed`, async () => {
      await hosts.server.serve({ kind: protocol, id: protocol, port: 1006 });
      const hammer = { protocol, address, timeout: PATIENCE_MS, concurrency: 4 };
      const good = await hosts.outside.hammer({ ...hammer, ports: [1007, 1006] }, async () => {
        while ((await hosts.server.servers.call('accepted', protocol)) < 50);
      });
      const { attempts, latencies } = good;
      assert.deepEqual(good, { attempts, open: { [`${protocol} on 1006`]: attempts }, failed: {}, latencies });
      assert.ok((percentile(latencies, 50) ?? 0) > 0);
      assert.ok(good.attempts >= 50);
      const bad = await hosts.outside.hammer({ ...hammer, ports: [1007, 1008] }, async () => {});
      assert.deepEqual(bad, {
        attempts: bad.attempts,
        open: {},
        failed: { '1007 refused, 1008 refused': bad.attempts },
        latencies: {},
      });
      assert.ok(bad.attempts >= 4);
    });
  }

  it('count the SYNs that had to be sent again', async () => {
    const before = await hosts.outside.synRetransmissions();
    const drop = ['INPUT', '-p', 'tcp', '--syn', '--dport', '1008', '-j', 'DROP'];
    await hosts.server.serve({ kind: 'tcp', id: 'dropped', port: 1008 });
    await hosts.server.namespace.exec('iptables-legacy', ['-w', '-A', ...drop]);
    const probe = hosts.outside.probe([{ protocol: 'tcp', address, port: 1008, timeout: PATIENCE_MS }]);
    while ((await hosts.outside.synRetransmissions()) === before);
    await hosts.server.namespace.exec('iptables-legacy', ['-w', '-D', ...drop]);
    assert.deepEqual(await probe, [{ state: 'open', server: 'dropped', port: 1008 }]);
  });

  it('say why a flow does not open', async () => {
    const flow = hosts.outside.open({ protocol: 'tcp', address, port: 1 });
    await assert.rejects(flow, { message: `tcp ${address} port 1: refused` });
  });
});
