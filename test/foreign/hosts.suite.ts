import assert from 'node:assert/strict';
import { type BackendName, openFirewall, type Warning } from '../../lib';
import { FAMILIES, Hosts, OUTSIDE_ADDRESSES, SERVER_ADDRESSES } from '../support/hosts';
import { KNOWN_HOSTS } from './hosts/index';
import { FUNCTIONS } from './hosts/known-host';
import { SYNPROXY } from './hosts/tracking';
import { assertUntouched, byPortshift, described, PORT, PROTOCOLS, questions, Stage, TARGET } from './stage';

const STUB = '127.0.0.53';
/** As the agent of Google's images adds the address of a load balancer. */
const FORWARDED = { ipv4: '203.0.113.60', ipv6: '2001:db8:60::60' } as const;
const HOPPING = 8450;

/** Hosts as people have them: docs/hosts.md has the same table. */
export function hostsSuite(backend: BackendName & ('iptc' | 'nft')): void {
  describe(`On hosts as people have them, on ${backend}`, () => {
    let stage: Stage;

    before(async () => {
      stage = await Stage.create();
    });

    after(() => stage.remove());

    for (const { name, script, works, said = [], patience } of KNOWN_HOSTS) {
      it(name, async () => {
        let warnings: Warning[] = [];
        const publish = byPortshift(backend, async (firewall) => {
          warnings = await firewall.warnings();
        });
        const comparison = await stage.compare(`${FUNCTIONS}${script}`, publish, {}, patience);
        assertUntouched(comparison);
        const asked = questions([PORT]);
        const answers = asked.map(({ from, probe }, index) => {
          const { [index]: got = '' } = comparison.published;
          if (works.includes(from)) return got;
          return got.endsWith('target') ? got : `not ${probe.protocol} target`;
        });
        const expected = asked.map(
          ({ from, probe }) => `${works.includes(from) ? '' : 'not '}${probe.protocol} target`,
        );
        assert.deepEqual(described(asked, answers), described(asked, expected));
        const messages = warnings.map(({ level, code, message }) => `${level} ${code}: ${message}`).join('\n');
        const expectedCodes = 'length' in said ? said : (said[backend] ?? []);
        assert.deepEqual([...new Set(warnings.map(({ code }) => code))].sort(), [...expectedCodes].sort(), messages);
      });
    }

    const answers = async (from: 'outside' | 'server', address: string, port: number) => {
      const probe = { protocol: 'udp', address, port, timeout: 1_000 } as const;
      const [outcome] = await stage.hosts[from].probe([probe]);
      return outcome?.state === 'open' ? outcome.server : outcome?.state;
    };

    it('whatever redirects the public port too has it when its nat chain comes last, and the closed port stays so', async () => {
      await stage.load('');
      await using firewall = await openFirewall({ backend, namespace: stage.hosts.path });
      await firewall.publishAll([{ protocol: 'udp', port: PORT, targetPort: TARGET }]);
      const chain = 'type nat hook prerouting priority dstnat;';
      await stage.shell.run(`nft 'table inet theirs {\nchain c {\n${chain}\nudp dport ${PORT} redirect to :53\n}\n}'`);
      const [address] = SERVER_ADDRESSES.ipv4;
      assert.equal(await answers('outside', address, PORT), 'udp 53');
      assert.equal(await answers('outside', address, TARGET), 'timeout');
      await stage.shell.run('nft delete table inet theirs');
      assert.equal(await answers('outside', address, PORT), 'udp target');
      await firewall.clear();
    });

    it('SYNPROXY for the public port needs the redirect for local clients', async () => {
      await stage.load(`${FUNCTIONS}${SYNPROXY.script}`);
      await using firewall = await openFirewall({ backend, namespace: stage.hosts.path });
      const published = { port: PORT, targetPort: TARGET } as const;
      const connect = async () => {
        const [address] = SERVER_ADDRESSES.ipv4;
        const probe = { protocol: 'tcp', address, port: PORT, timeout: SYNPROXY.patience } as const;
        const [outcome] = await stage.hosts.outside.probe([probe]);
        return outcome?.state;
      };
      await firewall.publishAll([{ ...published, loopback: false }]);
      assert.notEqual(await connect(), 'open');
      await firewall.publishAll([published]);
      assert.equal(await connect(), 'open');
      await firewall.clear();
    });

    it('an address that only a route makes local is public, and its target port closed', async () => {
      await stage.load('');
      await using firewall = await openFirewall({ backend, namespace: stage.hosts.path });
      await firewall.publishAll(PROTOCOLS.map((protocol) => ({ protocol, port: PORT, targetPort: TARGET })));
      const { server, outside } = stage.hosts;
      for (const family of FAMILIES) {
        const ip = family === 'ipv4' ? [] : ['-6'];
        const address = FORWARDED[family];
        const route = ['route', 'add', 'local', address, 'dev', 'eth0', 'proto', '66'];
        await server.namespace.exec('ip', [...ip, ...route]);
        await outside.namespace.exec('ip', [...ip, 'route', 'add', address, 'via', SERVER_ADDRESSES[family][0]]);
        for (const protocol of PROTOCOLS) {
          const probes = [PORT, TARGET].map((port) => ({ protocol, address, port, timeout: 1_000 }));
          const got = (await outside.probe(probes)).map((one) => (one.state === 'open' ? one.server : one.state));
          assert.deepEqual(got, [`${protocol} target`, 'timeout'], `${protocol} ${address}`);
        }
        await outside.namespace.exec('ip', [...ip, 'route', 'del', address]);
        await server.namespace.exec('ip', [...ip, 'route', 'del', 'local', address, 'dev', 'eth0']);
      }
      await firewall.clear();
    });

    it('UDP reaches addresses on lo alone with targetAddress, and warnings say so', async () => {
      await using hosts = await Hosts.create();
      const { server, outside } = hosts;
      for (const protocol of PROTOCOLS) await server.serve({ kind: protocol, id: protocol, port: TARGET });
      await server.namespace.exec('ip', ['link', 'set', 'eth3', 'down']);
      await server.namespace.exec('ip', ['addr', 'flush', 'dev', 'eth0', 'scope', 'global']);
      for (const family of FAMILIES) {
        const ip = family === 'ipv4' ? [] : ['-6'];
        const via = family === 'ipv4' ? [] : ['via', 'fe80::1'];
        await server.namespace.exec('ip', [...ip, 'addr', 'add', FORWARDED[family], 'dev', 'lo']);
        await server.namespace.exec('ip', [...ip, 'route', 'add', OUTSIDE_ADDRESSES[family][0], 'dev', 'eth0']);
        await outside.namespace.exec('ip', [...ip, 'route', 'add', FORWARDED[family], ...via, 'dev', 'eth0']);
      }
      await using firewall = await openFirewall({ backend, namespace: hosts.path });
      const reached = async () => {
        const ways = FAMILIES.flatMap((family) => PROTOCOLS.map((protocol) => [FORWARDED[family], protocol] as const));
        const probes = ways.map(([address, protocol]) => ({ protocol, address, port: PORT, timeout: 1_000 }));
        const outcomes = await outside.probe(probes);
        return outcomes.map((one) => (one.state === 'open' ? one.server : one.state));
      };
      const said = async () => (await firewall.warnings()).map(({ code }) => code);
      const published = PROTOCOLS.map((protocol) => ({ protocol, port: PORT, targetPort: TARGET }));
      await firewall.publishAll(published);
      assert.deepEqual(await reached(), ['tcp', 'timeout', 'tcp', 'timeout']);
      assert.deepEqual(await said(), ['interface-unnumbered', 'interface-unnumbered']);
      await firewall.clear();
      await firewall.publishAll(
        published.flatMap((one) =>
          FAMILIES.map((family) => ({
            ...one,
            name: `${one.protocol}-${family}`,
            destination: FORWARDED[family],
            targetAddress: FORWARDED[family],
            loopback: family === 'ipv4',
          })),
        ),
      );
      assert.deepEqual(await reached(), ['tcp', 'udp', 'tcp', 'udp']);
      assert.deepEqual(await said(), []);
      await firewall.clear();
    });

    it('a server at one IPv6 address gets a range of ports with targetAddress', async () => {
      await stage.load('');
      const { server } = stage.hosts;
      const [address] = SERVER_ADDRESSES.ipv6;
      await server.serve({ kind: 'udp', id: 'hopping', address, port: HOPPING });
      await using firewall = await openFirewall({ backend, namespace: stage.hosts.path });
      const range = { protocol: 'udp', port: '20000-20999', targetPort: HOPPING, destination: address } as const;
      await firewall.publishAll([{ ...range, targetAddress: address }]);
      for (const from of ['outside', 'server'] as const) {
        for (const port of [20_000, 20_500, 20_999]) assert.equal(await answers(from, address, port), 'hopping');
      }
      assert.equal(await answers('outside', address, HOPPING), 'timeout');
      await firewall.clear();
    });

    it("a resolver's stub on a loopback address is reached with loopback: false only", async () => {
      await stage.load('');
      await stage.hosts.server.serve({ kind: 'udp', id: 'stub', address: STUB, port: PORT });
      await using firewall = await openFirewall({ backend, namespace: stage.hosts.path });
      const published = { protocol: 'udp', port: PORT, targetPort: TARGET } as const;
      await firewall.publishAll([published]);
      // The server, on a wildcard address, answers from 127.0.0.1.
      assert.equal(await answers('server', STUB, PORT), 'timeout');
      await firewall.publishAll([{ ...published, destination: SERVER_ADDRESSES.ipv4[0] }]);
      assert.equal(await answers('server', STUB, PORT), 'timeout');
      await firewall.publishAll([{ ...published, loopback: false }]);
      assert.equal(await answers('server', STUB, PORT), 'stub');
      assert.equal(await answers('outside', SERVER_ADDRESSES.ipv4[0], PORT), 'udp target');
      await firewall.clear();
    });
  });
}
