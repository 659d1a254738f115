import assert from 'node:assert/strict';
import { classicRecipe, install, publishedPort } from '../support/handmade-rules';
import { FAMILIES, type Family, Hosts, SECONDARY_ADDRESSES, SERVER_ADDRESSES, THIRD_ADDRESSES } from '../support/hosts';
import { assertProbes, type Place, probeMatrix } from '../support/probe-matrix';

const port = 8445;
const targetPort = 8443;
const PATIENCE_MS = 10_000;

for (const protocol of ['tcp', 'udp'] as const) {
  describe(`Probes over ${protocol}, with rules by iptables`, () => {
    let hosts: Hosts;

    beforeEach(async () => {
      hosts = await Hosts.create({ third: true });
      await hosts.server.serve({ kind: protocol, id: 'blue', port: targetPort });
    });

    afterEach(() => hosts.remove());

    it('see a server on its own port and nothing on another one', () =>
      assertProbes(hosts, [
        { protocol, port: targetPort, expected: 'open blue' },
        { protocol, port, expected: 'refused' },
      ]));

    it('see a published port open and its target silent, from everywhere', async () => {
      await install(hosts, publishedPort({ protocol, port, targetPort }));
      await assertProbes(hosts, [
        { protocol, port, expected: 'open blue' },
        { protocol, port: targetPort, expected: 'timeout' },
      ]);
    });

    it('see a rejected target refused', async () => {
      await install(hosts, publishedPort({ protocol, port, targetPort, deny: 'reject' }));
      await assertProbes(hosts, [
        { protocol, port, expected: 'open blue' },
        { protocol, port: targetPort, expected: 'refused' },
      ]);
    });

    it('see the classic recipe dead from the host itself', async () => {
      await install(hosts, classicRecipe({ protocol, port, targetPort }));
      await assertProbes(hosts, [
        { protocol, port, expected: { outside: 'open blue', host: 'timeout' } },
        { protocol, port: targetPort, expected: 'timeout' },
      ]);
    });

    it('see the classic recipe capture what the host forwards, and a published port not', async () => {
      await hosts.third?.serve({ kind: protocol, id: 'third', port });
      const probe = async () => {
        const targets = FAMILIES.map((family) => ({ address: THIRD_ADDRESSES[family], timeout: PATIENCE_MS }));
        const outcomes = await hosts.outside.probe(targets.map((target) => ({ ...target, protocol, port })));
        return outcomes.map((outcome) => (outcome.state === 'open' ? outcome.server : outcome.state));
      };
      await install(hosts, publishedPort({ protocol, port, targetPort }));
      assert.deepEqual(await probe(), ['third', 'third']);
      await install(hosts, [
        ['-t', 'nat', '-F'],
        ['-t', 'mangle', '-F'],
      ]);
      await install(hosts, classicRecipe({ protocol, port, targetPort }));
      assert.deepEqual(await probe(), ['blue', 'blue']);
    });

    it('see the classic recipe give the clients of one address to the server of another one', async () => {
      await hosts.server.servers.call('stop', 'blue');
      const addresses = (family: Family) => [SERVER_ADDRESSES[family][0], SECONDARY_ADDRESSES[family]];
      for (const address of FAMILIES.flatMap(addresses)) {
        await hosts.server.serve({ kind: protocol, id: `on ${address}`, address, port: targetPort });
      }
      const [nat] = classicRecipe({ protocol, port, targetPort });
      const places = FAMILIES.flatMap((family) =>
        addresses(family).map((address): Place => ({ from: 'outside', address, family })),
      );
      await install(hosts, [nat ?? []]);
      const primary = (place: Place) => `open on ${SERVER_ADDRESSES[place.family][0]}` as const;
      await assertProbes(hosts, [{ protocol, port, expected: primary }], places);
      await install(hosts, [['-t', 'nat', '-F']]);
      await install(hosts, publishedPort({ protocol, port, targetPort }));
      await assertProbes(hosts, [{ protocol, port, expected: ({ address }) => `open on ${address}` }], places);
    });

    it('see an open flow go on, or end, while new ones are refused', async () => {
      const address = SERVER_ADDRESSES.ipv6[0];
      const flow = await hosts.outside.open({ protocol, address, port: targetPort });
      await install(hosts, publishedPort({ protocol, port, targetPort, deny: 'reject' }));
      const [outcome] = await hosts.outside.probe([{ protocol, address, port: targetPort, timeout: PATIENCE_MS }]);
      assert.equal(outcome?.state, 'refused');
      assert.equal((await flow.echo()).state, protocol === 'tcp' ? 'open' : 'refused');
      await hosts.server.servers.call('stop', 'blue');
      assert.equal((await flow.echo()).state, protocol === 'tcp' ? 'reset' : 'refused');
    });

    it('name every place that differs', async () => {
      const wrong = ({ address }: Place) => (address === '::1' ? 'open green' : 'open blue');
      const targets = [{ protocol, port: targetPort, expected: wrong } as const];
      const { differences, cells } = await probeMatrix(hosts, targets);
      assert.equal(cells.length, 10);
      assert.deepEqual(
        differences.map(({ place, expected, actual }) => [place.from, place.address, expected, actual]),
        [['host', '::1', 'open green', 'open blue']],
      );
      await assert.rejects(assertProbes(hosts, targets), {
        message: `1 of 10 probes differ\n  ${protocol} host -> ::1 port ${targetPort}: open blue, expected open green`,
      });
    });
  });
}
