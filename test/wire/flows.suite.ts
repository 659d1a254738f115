import assert from 'node:assert/strict';
import { type BackendName, type Firewall, markDrop, openFirewall } from '../../lib';
import { trackedConnections } from '../support/connections';
import type { Flow } from '../support/host';
import { FAMILIES, Hosts, OUTSIDE_ADDRESSES, SERVER_ADDRESSES, THIRD_ADDRESSES } from '../support/hosts';

const PORT = 8445;
const NEXT_PORT = 8446;
const TARGET = 8443;
const OTHER_TARGET = 9443;
/** ms after which a datagram counts as unanswered. */
const SILENCE = 400;

async function answers(flows: readonly Flow[]): Promise<string[]> {
  const outcomes = await Promise.all(flows.map((flow) => flow.echo(SILENCE)));
  return [...new Set(outcomes.map((outcome) => (outcome.state === 'open' ? outcome.server : outcome.state)))];
}

/** UDP flows that exist when a change is made, and everybody else's. */
export function flowsSuite(backend: BackendName): void {
  describe(`UDP flows on ${backend}`, () => {
    let hosts: Hosts;
    let firewall: Firewall;

    beforeEach(async () => {
      hosts = await Hosts.create({ third: true });
      await hosts.server.serve({ kind: 'udp', id: 'blue', port: TARGET });
      await hosts.server.serve({ kind: 'udp', id: 'green', port: OTHER_TARGET });
      firewall = await openFirewall({ backend, namespace: hosts.path });
    });

    afterEach(async () => {
      await firewall.close();
      await hosts.remove();
    });

    const open = (from: 'outside' | 'server', addresses: readonly string[], port: number) =>
      Promise.all(addresses.map((address) => hosts[from].open({ protocol: 'udp', address, port })));

    const fromEverywhere = async (port: number) => [
      ...(await open('outside', [...SERVER_ADDRESSES.ipv4, ...SERVER_ADDRESSES.ipv6], port)),
      ...(await open('server', ['127.0.0.1', '::1', SERVER_ADDRESSES.ipv4[1]], port)),
    ];

    /** Flows with the same port numbers that are none of the published port's. */
    const openBystanders = async () => {
      for (const port of [PORT, TARGET]) {
        await hosts.third?.serve({ kind: 'udp', id: `third ${port}`, port });
        await hosts.outside.serve({ kind: 'udp', id: `outside ${port}`, port });
      }
      const flows: Flow[] = [];
      for (const port of [PORT, TARGET]) {
        flows.push(
          ...(await open(
            'outside',
            FAMILIES.map((family) => THIRD_ADDRESSES[family]),
            port,
          )),
          ...(await open(
            'server',
            FAMILIES.map((family) => OUTSIDE_ADDRESSES[family][0]),
            port,
          )),
        );
      }
      return flows;
    };

    const entries = (...options: string[]) => trackedConnections(hosts.server.namespace, ['-p', 'udp', ...options]);

    /** Runs a change that may forget the entries that these options of conntrack(8) show, and no other. */
    async function assertForgets(options: string[], change: () => Promise<unknown>): Promise<void> {
      const before = await entries();
      const concerned = await entries(...options);
      assert.notEqual(concerned.length, 0);
      await change();
      assert.deepEqual(
        await entries(),
        before.filter((entry) => !concerned.includes(entry)),
      );
    }

    it('stay with their target by default', async () => {
      const web = await firewall.publish({ protocol: 'udp', port: PORT, targetPort: TARGET });
      const flows = await fromEverywhere(PORT);
      const applied = await web.retarget(OTHER_TARGET);
      assert.deepEqual(applied.ended, { connections: 0 });
      assert.deepEqual(await answers(flows), ['blue']);
      await web.move(NEXT_PORT);
      assert.deepEqual(await answers(flows), ['blue']);
    });

    it('follow to the next target, and nobody else does', async () => {
      const web = await firewall.publish({ protocol: 'udp', port: PORT, targetPort: TARGET, direct: 'open' });
      await firewall.publish({ protocol: 'udp', port: 9000, targetPort: TARGET, name: 'other', direct: 'open' });
      const others = [...(await openBystanders()), ...(await fromEverywhere(TARGET)), ...(await fromEverywhere(9000))];
      const flows = await fromEverywhere(PORT);
      await assertForgets(['--dst-nat', '--orig-port-dst', String(PORT)], async () => {
        const applied = await web.retarget(OTHER_TARGET, { flows: 'follow' });
        assert.deepEqual(applied.ended, { connections: flows.length });
      });
      assert.deepEqual(await answers(flows), ['green']);
      for (const flow of others) assert.deepEqual(await answers([flow]), [flow.server]);
      await web.retarget(TARGET, { flows: 'follow' });
      assert.deepEqual(await answers(flows), ['blue']);
    });

    it('follow off the previous port', async () => {
      const web = await firewall.publish({ protocol: 'udp', port: PORT, targetPort: TARGET });
      const others = await openBystanders();
      const flows = await fromEverywhere(PORT);
      await assertForgets(['--dst-nat', '--orig-port-dst', String(PORT)], () =>
        web.move(NEXT_PORT, { flows: 'follow' }),
      );
      assert.deepEqual(await answers(flows), ['refused']);
      assert.deepEqual(await answers(await fromEverywhere(NEXT_PORT)), ['blue']);
      for (const flow of others) assert.deepEqual(await answers([flow]), [flow.server]);
    });

    it('follow at the one address that is retargeted only', async () => {
      const [first, second] = SERVER_ADDRESSES.ipv4;
      const publish = (destination: string) =>
        firewall.publish({
          name: destination,
          protocol: 'udp',
          port: PORT,
          targetPort: TARGET,
          destination,
          direct: 'open',
          loopback: false,
        });
      const web = await publish(first);
      await publish(second);
      const [here = [], there = []] = [await open('outside', [first], PORT), await open('outside', [second], PORT)];
      await web.retarget(OTHER_TARGET, { flows: 'follow' });
      assert.deepEqual([await answers(here), await answers(there)], [['green'], ['blue']]);
    });

    for (const deny of ['drop', 'reject'] as const) {
      it(`to the target port are forgotten and denied where they are to be dropped (${deny})`, async () => {
        const web = await firewall.publish({ protocol: 'udp', port: PORT, targetPort: TARGET, direct: 'open' });
        const others = [...(await openBystanders()), ...(await fromEverywhere(PORT))];
        const direct = await fromEverywhere(TARGET);
        const addresses = [...SERVER_ADDRESSES.ipv4, ...SERVER_ADDRESSES.ipv6, '127.0.0.1', '::1'];
        const before = await entries();
        await firewall.update({ add: [markDrop({ protocol: 'udp', port: TARGET, deny, established: 'drop' })] });
        const isDirect = (entry: string) =>
          addresses.some((address) =>
            new RegExp(`^udp src=\\S+ dst=${address} sport=\\d+ dport=${TARGET} `).test(entry),
          );
        assert.equal(before.filter(isDirect).length, direct.length);
        assert.deepEqual(
          await entries(),
          before.filter((entry) => !isDirect(entry)),
        );
        assert.deepEqual(await answers(direct), [deny === 'drop' ? 'timeout' : 'refused']);
        for (const flow of others) assert.deepEqual(await answers([flow]), [flow.server]);
        await web.withdraw();
      });
    }

    it("to the target port stay where they are the host's own and may", async () => {
      await firewall.publish({ name: 'tracked', protocol: 'udp', port: 9000, targetPort: 9001 });
      const own = await open('server', ['127.0.0.1', '::1', SERVER_ADDRESSES.ipv4[0]], TARGET);
      const outside = await open('outside', [SERVER_ADDRESSES.ipv4[0], SERVER_ADDRESSES.ipv6[0]], TARGET);
      const web = await firewall.publish({
        protocol: 'udp',
        port: PORT,
        targetPort: TARGET,
        direct: 'local',
        established: 'drop',
      });
      assert.deepEqual(web.applied?.ended, { connections: outside.length });
      assert.deepEqual(await answers(outside), ['timeout']);
      assert.deepEqual(await answers(own), ['blue']);
    });

    it('are refused to TCP', async () => {
      const web = await firewall.publish({ port: PORT, targetPort: TARGET });
      for (const change of [
        () => web.move(NEXT_PORT, { flows: 'follow' }),
        () => web.retarget(OTHER_TARGET, { flows: 'follow' }),
      ]) {
        await assert.rejects(change, { code: 'ERR_INVALID_ARGUMENT', field: 'flows', value: 'follow' });
      }
      assert.equal((await firewall.published())[0]?.port, PORT);
    });
  });
}
