import assert from 'node:assert/strict';
import { loadAddon } from '../../lib/backends/addon';
import type { NetworkSession } from '../../lib/backends/network';
import type { NftAddon } from '../../lib/backends/nft/addon';
import type { IptcAddon } from '../../lib/backends/table-session';
import { Namespace } from '../support/namespace';

type Session = NetworkSession & { close(): Promise<void> };

const OPEN: Readonly<Record<'iptc' | 'nft', (namespace: string) => Promise<Session>>> = {
  iptc: (namespace) => loadAddon<IptcAddon>('iptc').open({ namespace }),
  nft: (namespace) => loadAddon<NftAddon>('nft').open({ namespace }),
};

/** Servers on TCP 8443 of one address and UDP 5353 of any, and a UDP socket with a peer. */
const SERVERS = `
  const { createServer } = require('net');
  const { createSocket } = require('dgram');
  createServer().listen(8443, '192.0.2.1', () => {
    const server = createSocket({ type: 'udp6' });
    const client = createSocket('udp4');
    server.bind(5353, () => client.bind(6000, () => client.connect(9, '192.0.2.9', () => console.log('up'))));
  });`;

for (const name of ['iptc', 'nft'] as const) {
  describe(`network() of ${name}.node`, () => {
    let namespace: Namespace;
    let session: Session;

    beforeEach(async () => {
      namespace = await Namespace.create();
      session = await OPEN[name](namespace.path);
    });

    afterEach(async () => {
      await session.close();
      await namespace.remove();
    });

    const ip = (...lines: string[]) => namespace.exec('sh', ['-ec', lines.map((line) => `ip ${line}`).join('\n')]);

    it('lists interfaces, with what they are and what they are part of', async () => {
      await ip(
        'link add br0 type bridge',
        'link add veth0 type veth peer name veth1',
        'link set veth0 master br0',
        'link set br0 up',
      );
      const { interfaces } = await session.network();
      const of = (wanted: string) => interfaces.find((one) => one.name === wanted);
      assert.deepEqual(of('lo'), { name: 'lo', index: 1, up: true, loopback: true, kind: '' });
      assert.deepEqual([of('br0')?.kind, of('br0')?.up, of('br0')?.master], ['bridge', true, undefined]);
      assert.deepEqual([of('veth0')?.kind, of('veth0')?.up], ['veth', false]);
      assert.equal(of('veth0')?.master, of('br0')?.index);
    });

    it('lists addresses', async () => {
      await ip(
        'link add d0 type bridge',
        'link set d0 up',
        'addr add 192.0.2.1/24 dev d0',
        'addr add 2001:db8::1/64 dev d0 nodad',
      );
      const { interfaces, addresses } = await session.network();
      const index = interfaces.find((one) => one.name === 'd0')?.index;
      const own = addresses.filter((one) => one.interface === index).map(({ address }) => address);
      assert.ok(own.includes('192.0.2.1') && own.includes('2001:db8::1'), own.join());
      assert.ok(addresses.some((one) => one.interface === 1 && one.address === '127.0.0.1'));
    });

    it('lists the sockets that listen', async () => {
      await ip('link add d0 type bridge', 'link set d0 up', 'addr add 192.0.2.1/24 dev d0');
      assert.deepEqual((await session.network()).listeners, []);
      const child = namespace.spawn(process.execPath, ['-e', SERVERS]);
      await new Promise((resolve) => child.stdout.once('data', resolve));
      assert.deepEqual((await session.network()).listeners, [
        { protocol: 'tcp', address: '192.0.2.1', port: 8443 },
        { protocol: 'udp', address: '::', port: 5353 },
      ]);
      child.kill();
    });

    it('is of the namespace of the session alone', async () => {
      await ip('link add only-here type bridge');
      await using other = await Namespace.create();
      const elsewhere = await OPEN[name](other.path);
      const { interfaces } = await elsewhere.network();
      await elsewhere.close();
      assert.ok(!interfaces.some((one) => one.name === 'only-here'));
    });
  });
}
