import assert from 'node:assert/strict';
import { type BackendName, type Firewall, openFirewall } from '../../lib';
import { ANYCAST_ADDRESS, FAMILIES, Hosts, SECONDARY_ADDRESSES, SERVER_ADDRESSES } from '../support/hosts';
import { until } from '../support/until';

const PORT = 8445;
const TARGET = 8443;
const SILENCE_MS = 400;
let lastPort = 45_000;

/** Answers that leave a closed UDP port from another address than the one that was asked. */
export function straysSuite(backend: BackendName): void {
  describe(`Stray answers from a closed udp port on ${backend}`, () => {
    let hosts: Hosts;
    let firewall: Firewall;

    before(async () => {
      hosts = await Hosts.create({ router: true });
      await hosts.server.serve({ kind: 'udp', id: 'blue', port: TARGET });
      firewall = await openFirewall({ backend, namespace: hosts.path });
      // Routers are slow to say where their anycast address is (RFC 4861, 7.2.7).
      const target = { protocol: 'udp', address: ANYCAST_ADDRESS, port: 9, timeout: SILENCE_MS } as const;
      await until('a neighbour', async () => (await hosts.outside.probe([target]))[0]?.state === 'refused');
    });

    after(async () => {
      await firewall.close();
      await hosts.remove();
    });

    const ask = async (from: 'outside' | 'server', address: string, port: number, sourcePort: number) => {
      const before = await hosts.server.servers.call('accepted', 'blue');
      await hosts[from].probe([{ protocol: 'udp', address, port, sourcePort, timeout: SILENCE_MS }]);
      return (await hosts.server.servers.call('accepted', 'blue')) - before;
    };

    for (const from of ['outside', 'server'] as const) {
      for (const family of FAMILIES) {
        const others = [
          SECONDARY_ADDRESSES[family],
          ...(family === 'ipv6' ? [ANYCAST_ADDRESS] : []),
          ...(family === 'ipv4' && from === 'server' ? ['127.0.0.53'] : []),
        ];
        for (const other of others) {
          for (const established of ['keep', 'drop'] as const) {
            it(`let nobody in that asked at ${other} from ${from} (established: ${established})`, async () => {
              await firewall.publishAll([{ protocol: 'udp', port: PORT, targetPort: TARGET, established }]);
              lastPort += 1;
              assert.equal(await ask(from, other, PORT, lastPort), 1);
              for (const address of [SERVER_ADDRESSES[family][0], other]) {
                assert.equal(await ask(from, address, TARGET, lastPort), 0, address);
              }
            });
          }
        }
      }
    }
  });
}
