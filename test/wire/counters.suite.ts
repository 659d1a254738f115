import assert from 'node:assert/strict';
import { type BackendName, openFirewall, type PublishOptions } from '../../lib';
import type { Host } from '../support/host';
import { Hosts, SERVER_ADDRESSES } from '../support/hosts';

const PORT = 8445;
const TARGET = 8443;
const [V4] = SERVER_ADDRESSES.ipv4;
const [V6] = SERVER_ADDRESSES.ipv6;

interface Case {
  title: string;
  options: Partial<PublishOptions>;
  /** The public port that clients use; default PORT. */
  port?: number;
}

/** They reject: a client that gets no answer tries again, and is counted again. */
const CASES: readonly Case[] = [
  { title: 'an ordinary one', options: {} },
  { title: 'a range', options: { port: '8000-8010' }, port: 8005 },
  { title: 'one on an interface', options: { interface: 'eth0' } },
  { title: 'one at an address', options: { destination: V4 } },
  { title: 'one with a target address', options: { targetAddress: V4 } },
];

/** What the kernel counts of a published port, by packets that are known to the last one. */
export function countersSuite(backend: BackendName): void {
  for (const protocol of ['tcp', 'udp'] as const) {
    describe(`Counters of published ${protocol} ports on ${backend}`, () => {
      let hosts: Hosts;

      before(async () => {
        hosts = await Hosts.create();
        await hosts.server.serve({ kind: protocol, id: 'blue', port: TARGET });
      });

      after(() => hosts.remove());

      afterEach(async () => {
        await using firewall = await openFirewall({ backend, namespace: hosts.path });
        await firewall.clear();
      });

      async function probe(from: Host, address: string, port: number, times: number, expected: string): Promise<void> {
        const one = { protocol, address, port, timeout: 5_000 };
        for (let turn = 0; turn < times; turn += 1) {
          const [outcome] = await from.probe([one]);
          assert.equal(outcome?.state, expected, `${address} port ${port}`);
        }
      }

      for (const { title, options, port = PORT } of CASES) {
        it(`of ${title} count connections from outside and from the host, and what is denied`, async () => {
          await using firewall = await openFirewall({ backend, namespace: hosts.path });
          const ports = { port: PORT, targetPort: TARGET, ...options };
          const web = await firewall.publish({ name: 'web', protocol, deny: 'reject', ...ports });
          assert.deepEqual(await web.counters(), { connections: 0, denied: 0 });
          await probe(hosts.outside, V4, port, 3, 'open');
          assert.deepEqual(await web.counters(), { connections: 3, denied: 0 });
          await probe(hosts.server, V4, port, 2, 'open');
          // A UDP server's answers come from the address that it was sent to.
          await probe(hosts.server, options.targetAddress ?? '127.0.0.1', port, 1, 'open');
          assert.deepEqual(await web.counters(), { connections: 6, denied: 0 });
          await probe(hosts.outside, V4, TARGET, 2, 'refused');
          await probe(hosts.server, V4, TARGET, 1, 'refused');
          assert.deepEqual(await web.counters(), { connections: 6, denied: 3 });
        });
      }

      it('count IPv6 as well, and begin anew with every move', async () => {
        await using firewall = await openFirewall({ backend, namespace: hosts.path });
        const web = await firewall.publish({ name: 'web', protocol, port: PORT, targetPort: TARGET, deny: 'reject' });
        await probe(hosts.outside, V6, PORT, 2, 'open');
        await probe(hosts.server, '::1', PORT, 1, 'open');
        await probe(hosts.outside, V6, TARGET, 1, 'refused');
        assert.deepEqual(await web.counters(), { connections: 3, denied: 1 });
        await web.move(PORT + 1);
        assert.deepEqual(await web.counters(), { connections: 0, denied: 1 });
        await probe(hosts.outside, V6, PORT + 1, 1, 'open');
        assert.deepEqual(
          (await firewall.status()).map(({ connections, denied }) => [connections, denied]),
          [[1, 1]],
        );
      });

      it('of two published ports with one target both tell what is denied there', async () => {
        await using firewall = await openFirewall({ backend, namespace: hosts.path });
        await firewall.publish({ name: 'one', protocol, port: PORT, targetPort: TARGET, deny: 'reject' });
        await firewall.publish({ name: 'two', protocol, port: PORT + 1, targetPort: TARGET, deny: 'reject' });
        await probe(hosts.outside, V4, TARGET, 2, 'refused');
        await probe(hosts.outside, V4, PORT + 1, 1, 'open');
        assert.deepEqual(
          (await firewall.status()).map(({ name, connections, denied }) => [name, connections, denied]).sort(),
          [
            ['one', 0, 2],
            ['two', 1, 2],
          ],
        );
      });
    });
  }
}
