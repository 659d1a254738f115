import assert from 'node:assert/strict';
import { type BackendName, type Firewall, openFirewall, type PublishedPort } from '../../lib';
import { FAMILIES, Hosts, SERVER_ADDRESSES } from '../support/hosts';

const PORT = 8445;
const NEXT_PORT = 8446;
const TARGET = 8443;
const OTHER_TARGET = 9443;

/** Waiting for the connections that a change has left behind. */
export function drainedSuite(backend: BackendName): void {
  for (const protocol of ['tcp', 'udp'] as const) {
    describe(`Waiting for the last ${protocol} connection on ${backend}`, () => {
      let hosts: Hosts;
      let firewall: Firewall;
      let web: PublishedPort;

      beforeEach(async () => {
        hosts = await Hosts.create();
        await hosts.server.serve({ kind: protocol, id: 'blue', port: TARGET });
        await hosts.server.serve({ kind: protocol, id: 'green', port: OTHER_TARGET });
        for (const name of ['udp_timeout', 'udp_timeout_stream']) {
          const file = `/proc/sys/net/netfilter/nf_conntrack_${name}`;
          await hosts.server.namespace.exec('sh', ['-c', `echo 4 > ${file}`]);
        }
        firewall = await openFirewall({ backend, namespace: hosts.path });
        web = await firewall.publish({ name: 'web', protocol, port: PORT, targetPort: TARGET });
      });

      afterEach(async () => {
        await firewall.close();
        await hosts.remove();
      });

      const connect = async (port: number) => [
        ...(await Promise.all(
          FAMILIES.map((family) => hosts.outside.open({ protocol, address: SERVER_ADDRESSES[family][1], port })),
        )),
        await hosts.server.open({ protocol, address: '127.0.0.1', port }),
      ];

      /** How many are left, by one look. */
      async function left(): Promise<number> {
        for await (const count of web.draining()) return count;
        return -1;
      }

      /** Everything that waiting yields while the connections end one by one. */
      async function countdown(flows: readonly { close(): Promise<void> }[]): Promise<number[]> {
        const seen: number[] = [];
        const rest = [...flows];
        for await (const count of web.draining({ timeout: 20_000, interval: 50 })) {
          if (count !== seen.at(-1)) seen.push(count);
          if (count === rest.length) await rest.pop()?.close();
        }
        return seen;
      }

      it('on the previous port after a move', async () => {
        const flows = await connect(PORT);
        await web.move(NEXT_PORT);
        await connect(NEXT_PORT);
        const seen = await countdown(flows);
        assert.deepEqual([seen[0], seen.at(-1)], [flows.length, 0]);
        if (protocol === 'tcp') assert.deepEqual(seen, [3, 2, 1, 0]);
      });

      it('to the previous target after a retarget, also from an earlier port', async () => {
        const flows = await connect(PORT);
        await web.move(NEXT_PORT);
        flows.push(...(await connect(NEXT_PORT)));
        await web.retarget(OTHER_TARGET);
        await connect(NEXT_PORT);
        const seen = await countdown(flows);
        assert.deepEqual([seen[0], seen.at(-1)], [flows.length, 0]);
      });

      it('after it was withdrawn', async () => {
        const flows = await connect(PORT);
        await web.withdraw();
        const seen = await countdown(flows);
        assert.deepEqual([seen[0], seen.at(-1)], [flows.length, 0]);
      });

      it('no longer than there are any, and not for those of another published port', async () => {
        const other = await firewall.publish({ name: 'other', protocol, port: 9000, targetPort: TARGET });
        await connect(9000);
        await web.retarget(OTHER_TARGET);
        assert.equal(await left(), 0);
        await web.drained({ timeout: 1 });
        await other.withdraw();
        assert.equal(await left(), 3);
      });

      it('in vain: says how many are left, and the change stands', async () => {
        const flows = await connect(PORT);
        await web.move(NEXT_PORT);
        const keep = setInterval(() => void Promise.all(flows.map((flow) => flow.echo())), 200);
        await assert.rejects(web.drained({ timeout: 300 }), {
          code: 'ERR_TIMEOUT',
          left: 3,
          message: /^3 connections still use (tcp|udp) port 8445 or its target 8443 after 300 ms/,
        });
        const reason = new Error('changed my mind');
        const controller = new AbortController();
        setTimeout(() => controller.abort(reason), 200);
        await assert.rejects(web.drained({ signal: controller.signal }), reason);
        await assert.rejects(web.drained({ signal: AbortSignal.abort(reason) }), reason);
        clearInterval(keep);
        assert.equal((await firewall.published())[0]?.port, NEXT_PORT);
      });
    });
  }
}
