import assert from 'node:assert/strict';
import { type BackendName, openFirewall, type PublishOptions } from '../../lib';
import type { Group } from '../support/agent/protocol';
import { FAMILIES, type Family, Hosts, OUTSIDE_ADDRESSES, SERVER_ADDRESSES } from '../support/hosts';

/** Of the clients, as 68 is that of DHCP's. */
const CLIENT_PORT = 1068;
const SILENCE_MS = 400;

/** One address that many hosts listen to, as a client on eth0 sends to it. */
interface Everybody {
  title: string;
  family: Family;
  address: string;
  group?: string;
  /** Whether hosts take an answer that comes from this very address. */
  isSource: boolean;
}

const EVERYBODY: readonly Everybody[] = [
  { title: '255.255.255.255', family: 'ipv4', address: '255.255.255.255', isSource: false },
  { title: "the subnet's broadcast address", family: 'ipv4', address: '10.77.0.255', isSource: true },
  { title: 'an IPv4 group', family: 'ipv4', address: '224.0.0.251', group: '224.0.0.251', isSource: false },
  { title: 'an IPv6 group', family: 'ipv6', address: 'ff02::fb%eth0', group: 'ff02::fb', isSource: false },
];

/** One service for each address and way to answer, in front of it a port to publish. */
const SERVICES = EVERYBODY.flatMap((everybody, index) =>
  (['the sender', 'everybody'] as const).map((answers, way) => ({
    ...everybody,
    answers,
    port: 5300 + 10 * index + way,
    targetPort: 5400 + 10 * index + way,
    expected: answers === 'everybody' || everybody.isSource ? 'open' : 'timeout',
  })),
);

function groups({ group, family }: Everybody, addresses: typeof SERVER_ADDRESSES | typeof OUTSIDE_ADDRESSES): Group[] {
  if (group === undefined) return [];
  return [{ address: group, interface: family === 'ipv4' ? addresses.ipv4[0] : '::%eth0' }];
}

/** Broadcast and multicast datagrams to published and closed UDP ports, beside what a plain REDIRECT makes of them. */
export function groupsSuite(backend: BackendName): void {
  describe(`Datagrams to everybody on ${backend}`, () => {
    let hosts: Hosts;

    before(async () => {
      hosts = await Hosts.create();
      for (const { namespace } of [hosts.server, hosts.outside]) {
        for (const to of ['255.255.255.255', '224.0.0.0/4']) {
          await namespace.exec('ip', ['route', 'add', to, 'dev', 'eth0']);
        }
      }
      for (const service of SERVICES) {
        await hosts.server.serve({
          kind: 'udp',
          id: String(service.targetPort),
          port: service.targetPort,
          address: service.family === 'ipv4' ? '0.0.0.0' : '::',
          groups: groups(service, SERVER_ADDRESSES),
          ...(service.answers === 'everybody' ? { answerTo: { address: service.address, port: CLIENT_PORT } } : {}),
        });
      }
    });

    after(() => hosts.remove());

    /** What clients get, one after the other, as all are on the same port. */
    async function outcomes(of: 'port' | 'targetPort'): Promise<string[]> {
      const states: string[] = [];
      for (const service of SERVICES) {
        const [outcome] = await hosts.outside.probe([
          {
            protocol: 'udp',
            address: service.address,
            port: service[of],
            sourcePort: CLIENT_PORT,
            fromAnybody: { groups: groups(service, OUTSIDE_ADDRESSES) },
            timeout: SILENCE_MS,
          },
        ]);
        states.push(`${service.title}, answered to ${service.answers}: ${outcome?.state}`);
      }
      return states;
    }

    const received = () =>
      Promise.all(SERVICES.map(({ targetPort }) => hosts.server.servers.call('accepted', String(targetPort))));

    const expected = SERVICES.map(({ title, answers, expected }) => `${title}, answered to ${answers}: ${expected}`);

    it('reach the server of a public port as with a plain REDIRECT', async () => {
      const commands = FAMILIES.flatMap((family) =>
        SERVICES.map(({ port, targetPort }) => {
          const iptables = family === 'ipv4' ? 'iptables-legacy' : 'ip6tables-legacy';
          return `${iptables} -w -t nat -A PREROUTING -p udp --dport ${port} -j REDIRECT --to-ports ${targetPort}`;
        }),
      );
      await hosts.server.namespace.exec('sh', ['-ec', commands.join('\n')]);
      const before = await received();
      assert.deepEqual(await outcomes('port'), expected);
      const flush = 'iptables-legacy -t nat -F; ip6tables-legacy -t nat -F; conntrack -F';
      await hosts.server.namespace.exec('sh', ['-ec', flush]);

      await using firewall = await openFirewall({ backend, namespace: hosts.path });
      await firewall.publishAll(
        SERVICES.map(({ port, targetPort }): PublishOptions => ({ protocol: 'udp', port, targetPort })),
      );
      assert.deepEqual(await outcomes('port'), expected);
      assert.deepEqual(
        await received(),
        before.map((count) => count + 2),
      );
    });

    it('do not reach that of a closed port', async () => {
      const before = await received();
      const open = await outcomes('targetPort').then((states) => states.filter((state) => state.endsWith('open')));
      assert.deepEqual([open, await received()], [[], before]);
    });
  });
}
