import assert from 'node:assert/strict';
import { type BackendName, type Firewall, openFirewall } from '../../lib';
import type { Flow } from '../support/host';
import { FAMILIES, Hosts, SERVER_ADDRESSES } from '../support/hosts';

const PORT = 8445;
const TARGET = 8443;
const OTHER_TARGET = 9443;
/** ms in which a flow that is cut off by silence is given up. */
const SILENCE = 700;

async function assertAlive(flows: readonly Flow[], when: string): Promise<void> {
  for (const flow of flows) {
    const outcome = await flow.echo();
    assert.equal(outcome.state === 'open' ? outcome.server : outcome.state, flow.server, when);
  }
}

/** Connections that exist when a change is made. */
export function establishedSuite(backend: BackendName): void {
  for (const protocol of ['tcp', 'udp'] as const) {
    describe(`Established ${protocol} flows on ${backend}`, () => {
      let hosts: Hosts;
      let firewall: Firewall;

      beforeEach(async () => {
        hosts = await Hosts.create();
        await hosts.server.serve({ kind: protocol, id: 'blue', port: TARGET });
        await hosts.server.serve({ kind: protocol, id: 'green', port: OTHER_TARGET });
        firewall = await openFirewall({ backend, namespace: hosts.path });
      });

      afterEach(async () => {
        await firewall.close();
        await hosts.remove();
      });

      /** From outside over both families, and from the host itself. */
      const openFlows = async (port: number) => [
        ...(await Promise.all(
          FAMILIES.map((family) => hosts.outside.open({ protocol, address: SERVER_ADDRESSES[family][1], port })),
        )),
        await hosts.server.open({ protocol, address: '127.0.0.1', port }),
        await hosts.server.open({ protocol, address: '::1', port }),
      ];

      /** Makes the kernel track connections, as any stateful firewall does. */
      const track = async () => {
        for (const iptables of ['iptables-legacy', 'ip6tables-legacy']) {
          await hosts.server.namespace.exec(iptables, ['-w', '-A', 'INPUT', '-m', 'conntrack', '--ctstate', 'INVALID']);
        }
      };

      it('to the target port survive every step', async () => {
        // Untracked UDP flows have no first packet to tell from the others: only tracked ones can be kept.
        if (protocol === 'udp') await track();
        const direct = await openFlows(TARGET);
        const web = await firewall.publish({ name: 'web', protocol, port: PORT, targetPort: TARGET });
        await assertAlive(direct, 'after publish');
        await web.move(8446);
        await assertAlive(direct, 'after move');
        await web.retarget(OTHER_TARGET);
        await assertAlive(direct, 'after retarget');
        await web.applied?.rollback();
        await assertAlive(direct, 'after rollback');
        await web.withdraw();
        await assertAlive(direct, 'after withdraw');
      });

      it('to a server on the public port itself survive that port being redirected', async () => {
        if (protocol === 'udp') await track();
        await hosts.server.serve({ kind: protocol, id: 'old', port: PORT });
        const direct = await openFlows(PORT);
        await firewall.publish({ protocol, port: PORT, targetPort: TARGET });
        await assertAlive(direct, 'after publish');
        assert.deepEqual(new Set(direct.map(({ server }) => server)), new Set(['old']));
        const fresh = await openFlows(PORT);
        assert.deepEqual(new Set(fresh.map(({ server }) => server)), new Set(['blue']));
      });

      it('to the public port survive every step', async () => {
        const web = await firewall.publish({ name: 'web', protocol, port: PORT, targetPort: TARGET });
        const flows = await openFlows(PORT);
        await web.move(8446);
        await assertAlive(flows, 'after move');
        flows.push(...(await openFlows(8446)));
        await web.retarget(OTHER_TARGET);
        await assertAlive(flows, 'after retarget');
        flows.push(...(await openFlows(8446)));
        assert.equal(flows.at(-1)?.server, 'green');
        await web.withdraw();
        await assertAlive(flows, 'after withdraw');
      });

      for (const deny of ['drop', 'reject'] as const) {
        it(`to the target port end if they are to be dropped, by ${deny}`, async () => {
          await track();
          const direct = await openFlows(TARGET);
          const published = { protocol, port: PORT, targetPort: TARGET, deny } as const;
          const web = await firewall.publish({ ...published, established: 'drop' });
          const redirected = await openFlows(PORT);
          for (const flow of direct) assert.notEqual((await flow.echo(SILENCE)).state, 'open');
          await assertAlive(redirected, 'redirected ones live on');
          await web.withdraw();
        });
      }
    });
  }
}
