import assert from 'node:assert/strict';
import { type BackendName, type Firewall, openFirewall } from '../../lib';
import type { HammerResult } from '../support/agent/protocol';
import { Hosts, SERVER_ADDRESSES } from '../support/hosts';

const TARGET = 8443;
const OTHER_TARGET = 9443;
const TIMEOUT = 5_000;
const ROUNDS = 25;
const MOVES = 8;

/** New connections while changes run. */
export function changesSuite(backend: BackendName): void {
  describe(`Changes under way on ${backend}`, () => {
    let hosts: Hosts;
    let firewall: Firewall;

    beforeEach(async () => {
      hosts = await Hosts.create();
      await hosts.server.serve({ kind: 'tcp', id: 'blue', port: TARGET });
      await hosts.server.serve({ kind: 'tcp', id: 'green', port: OTHER_TARGET });
      firewall = await openFirewall({ backend, namespace: hosts.path });
    });

    afterEach(async () => {
      await firewall.close();
      await hosts.remove();
    });

    /** Tries the ports in turn, from outside and from the host itself, over both families, while something runs. */
    async function hammer(ports: number[], during: () => Promise<void>): Promise<HammerResult[]> {
      const clients = [
        { host: hosts.outside, address: SERVER_ADDRESSES.ipv4[0] },
        { host: hosts.outside, address: SERVER_ADDRESSES.ipv6[1] },
        { host: hosts.server, address: '127.0.0.1' },
        { host: hosts.server, address: SERVER_ADDRESSES.ipv6[0] },
      ];
      const results: HammerResult[] = [];
      const nested = clients.reduceRight<() => Promise<void>>(
        (inner, { host, address }) =>
          async () => {
            results.push(
              await host.hammer({ protocol: 'tcp', address, ports, timeout: TIMEOUT, concurrency: 4 }, inner),
            );
          },
        during,
      );
      await nested();
      return results;
    }

    function assertNoneFailed(results: readonly HammerResult[]): void {
      for (const { attempts, failed } of results) {
        assert.deepEqual(failed, {});
        assert.ok(attempts > 0, 'no attempt was made');
      }
    }

    it('refuse nobody on a port that is retargeted', async () => {
      const web = await firewall.publish({ name: 'web', port: 8445, targetPort: TARGET });
      const results = await hammer([8445], async () => {
        for (let round = 0; round < ROUNDS; round += 1) await web.retarget(round % 2 === 0 ? OTHER_TARGET : TARGET);
      });
      assertNoneFailed(results);
    });

    it('let in whoever tries the previous port and then the next one', async () => {
      const web = await firewall.publish({ name: 'web', port: 8445, targetPort: TARGET });
      for (let port = 8445; port < 8445 + MOVES; port += 1) {
        assertNoneFailed(await hammer([port, port + 1], async () => void (await web.move(port + 1))));
      }
    });

    it('refuse nobody on a port beside those that come and go', async () => {
      await firewall.publish({ name: 'web', port: 8445, targetPort: TARGET });
      const results = await hammer([8445], async () => {
        for (let round = 0; round < ROUNDS; round += 1) {
          const other = await firewall.publish({ name: 'other', port: 8500 + round, targetPort: OTHER_TARGET });
          await other.withdraw();
        }
      });
      assertNoneFailed(results);
    });

    it('never open a target port that stays closed', async () => {
      const web = await firewall.publish({ name: 'web', port: 8445, targetPort: TARGET, deny: 'reject' });
      const before = await hosts.server.servers.call('accepted', 'blue');
      const results = await hammer([TARGET], async () => {
        for (let round = 0; round < ROUNDS; round += 1) {
          await web.move(8446 + round);
          const other = await firewall.publish({ name: 'other', port: 8600, targetPort: OTHER_TARGET });
          await other.withdraw();
        }
      });
      for (const { open } of results) assert.deepEqual(open, {});
      assert.equal(await hosts.server.servers.call('accepted', 'blue'), before);
    });
  });
}
