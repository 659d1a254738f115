import assert from 'node:assert/strict';
import { type BackendName, type Firewall, markDrop, openFirewall } from '../../lib';
import { eventually, tcpSockets, trackedConnections } from '../support/connections';
import type { Flow } from '../support/host';
import { FAMILIES, Hosts, OUTSIDE_ADDRESSES, SERVER_ADDRESSES, THIRD_ADDRESSES } from '../support/hosts';

const PORT = 8445;
const TARGET = 8443;
/** ms within which a connection that is cut off must have ended on both sides. */
const AT_ONCE = 1_000;

/** Connections that a closing port is to end, and everybody else's. */
export function connectionsSuite(backend: BackendName): void {
  describe(`Direct TCP connections that are to be dropped on ${backend}`, () => {
    let hosts: Hosts;
    let firewall: Firewall;

    beforeEach(async () => {
      hosts = await Hosts.create({ third: true });
      await hosts.server.serve({ kind: 'tcp', id: 'blue', port: TARGET });
      firewall = await openFirewall({ backend, namespace: hosts.path });
    });

    afterEach(async () => {
      await firewall.close();
      await hosts.remove();
    });

    const fromOutside = (port: number) =>
      Promise.all(
        FAMILIES.flatMap((family) =>
          SERVER_ADDRESSES[family].map((address) => hosts.outside.open({ protocol: 'tcp', address, port })),
        ),
      );

    const fromHost = (port: number) =>
      Promise.all(
        ['127.0.0.1', '::1', SERVER_ADDRESSES.ipv4[0], SERVER_ADDRESSES.ipv6[1]].map((address) =>
          hosts.server.open({ protocol: 'tcp', address, port }),
        ),
      );

    async function assertGone(flows: readonly Flow[]): Promise<void> {
      await eventually(AT_ONCE, async () => {
        assert.deepEqual(await tcpSockets(hosts.outside.namespace, `dport = :${TARGET}`), []);
        assert.deepEqual(await tcpSockets(hosts.server.namespace, `( sport = :${TARGET} or dport = :${TARGET} )`), []);
      });
      const direct = await trackedConnections(hosts.server.namespace, ['-p', 'tcp', '--orig-port-dst', String(TARGET)]);
      assert.deepEqual(direct, []);
      for (const flow of flows) assert.equal((await flow.echo()).state, 'reset');
    }

    async function assertAlive(flows: readonly Flow[]): Promise<void> {
      for (const flow of flows) {
        const outcome = await flow.echo();
        assert.equal(outcome.state === 'open' ? outcome.server : outcome.state, flow.server);
      }
    }

    for (const deny of ['drop', 'reject'] as const) {
      it(`end at once though they are older than connection tracking (${deny})`, async () => {
        const flows = [...(await fromOutside(TARGET)), ...(await fromHost(TARGET))];
        assert.deepEqual(await trackedConnections(hosts.server.namespace, []), []);
        const web = await firewall.publish({ port: PORT, targetPort: TARGET, deny, established: 'drop' });
        assert.deepEqual(web.applied?.ended, { connections: flows.length });
        await assertGone(flows);
      });

      it(`end at once, and those to the public port of the same server go on (${deny})`, async () => {
        const web = await firewall.publish({ port: PORT, targetPort: TARGET, direct: 'open' });
        const redirected = [...(await fromOutside(PORT)), ...(await fromHost(PORT))];
        await web.move(PORT + 1);
        redirected.push(...(await fromOutside(PORT + 1)), ...(await fromHost(PORT + 1)));
        const direct = [...(await fromOutside(TARGET)), ...(await fromHost(TARGET))];
        const applied = await firewall.update({ add: [markDrop({ port: TARGET, deny, established: 'drop' })] });
        assert.deepEqual(applied.ended, { connections: direct.length });
        await eventually(AT_ONCE, async () => {
          const left = await trackedConnections(hosts.server.namespace, [
            '-p',
            'tcp',
            '--orig-port-dst',
            String(TARGET),
          ]);
          assert.deepEqual(left, []);
        });
        for (const flow of direct) assert.equal((await flow.echo()).state, 'reset');
        await assertAlive(redirected);
      });
    }

    it("end, save for the host's own where those may stay", async () => {
      const own = await fromHost(TARGET);
      const outside = await fromOutside(TARGET);
      await firewall.publish({ port: PORT, targetPort: TARGET, direct: 'local', established: 'drop' });
      await eventually(AT_ONCE, async () => {
        assert.deepEqual(await tcpSockets(hosts.outside.namespace, `dport = :${TARGET}`), []);
      });
      for (const flow of outside) assert.equal((await flow.echo()).state, 'reset');
      await assertAlive(own);
    });

    for (const tracked of [true, false]) {
      it(`end, and nobody else's with the same port numbers, ${tracked ? 'tracked' : 'untracked'} before`, async () => {
        await hosts.third?.serve({ kind: 'tcp', id: 'third', port: TARGET });
        await hosts.outside.serve({ kind: 'tcp', id: 'outside', port: TARGET });
        if (tracked) await firewall.publish({ name: 'other', port: 9000, targetPort: 9001 });
        const others = [
          ...(await Promise.all(
            FAMILIES.map((family) =>
              hosts.outside.open({ protocol: 'tcp', address: THIRD_ADDRESSES[family], port: TARGET }),
            ),
          )),
          ...(await Promise.all(
            FAMILIES.map((family) =>
              hosts.server.open({ protocol: 'tcp', address: OUTSIDE_ADDRESSES[family][0], port: TARGET }),
            ),
          )),
        ];
        const flows = [...(await fromOutside(TARGET)), ...(await fromHost(TARGET))];
        await firewall.publish({ port: PORT, targetPort: TARGET, established: 'drop' });
        for (const flow of flows) assert.equal((await flow.echo()).state, 'reset');
        await assertAlive(others);
      });
    }

    it('end, and not one that this host itself opened from that port', async () => {
      await firewall.publish({ name: 'other', port: 9000, targetPort: 9001 });
      await hosts.server.servers.call('stop', 'blue');
      await hosts.outside.serve({ kind: 'tcp', id: 'outside', port: 9100 });
      const address = OUTSIDE_ADDRESSES.ipv4[0];
      const own = await hosts.server.open({ protocol: 'tcp', address, port: 9100, sourcePort: TARGET });
      const web = await firewall.publish({ port: PORT, targetPort: TARGET, established: 'drop' });
      assert.deepEqual(web.applied?.ended, { connections: 0 });
      await assertAlive([own]);
    });

    it('go on by default', async () => {
      const flows = [...(await fromOutside(TARGET)), ...(await fromHost(TARGET))];
      const web = await firewall.publish({ port: PORT, targetPort: TARGET });
      assert.deepEqual(web.applied?.ended, { connections: 0 });
      await assertAlive(flows);
    });
  });
}
