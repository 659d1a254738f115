import { type BackendName, openFirewall, type PublishOptions } from '../../lib';
import { type Family, Hosts, SECOND_ADDRESSES, SERVER_ADDRESSES } from '../support/hosts';
import { assertProbes, type Expected, PLACES, type Place } from '../support/probe-matrix';

const PORT = 8445;
const TARGET = 8443;
const BOUND_TARGET = 9443;

const EVERYWHERE: readonly Place[] = [
  ...PLACES,
  ...(['ipv4', 'ipv6'] as const).flatMap((family): Place[] =>
    (['outside', 'host'] as const).map((from) => ({ from, address: SECOND_ADDRESSES[family], family })),
  ),
];

interface Case {
  title: string;
  options: Partial<PublishOptions>;
  /** By port, from where and to which address. */
  expected: Record<number, (place: Place) => Expected>;
}

const open = (): Expected => 'open blue';
const silent = (): Expected => 'timeout';
const refused = (): Expected => 'refused';

function isLoopback({ address }: Place): boolean {
  return address === '127.0.0.1' || address === '::1';
}

function onlyAt(destination: string) {
  return (place: Place): Expected =>
    place.address === destination || (place.from === 'host' && isLoopback(place)) ? 'open blue' : 'refused';
}

function onlyFamily(family: Family, server: string) {
  return (place: Place): Expected => (place.family === family ? `open ${server}` : 'refused');
}

const CASES: readonly Case[] = [
  { title: 'closed, by default', options: {}, expected: { [PORT]: open, [TARGET]: silent, 8446: refused } },
  { title: 'closed by a rejection', options: { deny: 'reject' }, expected: { [PORT]: open, [TARGET]: refused } },
  {
    title: 'open to this host only',
    options: { direct: 'local' },
    expected: { [PORT]: open, [TARGET]: ({ from }) => (from === 'host' ? 'open blue' : 'timeout') },
  },
  {
    title: 'open to this host only, others rejected',
    options: { direct: 'local', deny: 'reject' },
    expected: { [PORT]: open, [TARGET]: ({ from }) => (from === 'host' ? 'open blue' : 'refused') },
  },
  { title: 'open', options: { direct: 'open' }, expected: { [PORT]: open, [TARGET]: open } },
  {
    title: 'closed, established connections dropped',
    options: { established: 'drop' },
    expected: { [PORT]: open, [TARGET]: silent },
  },
  {
    title: 'closed by a rejection, established connections dropped',
    options: { established: 'drop', deny: 'reject' },
    expected: { [PORT]: open, [TARGET]: refused },
  },
  {
    title: 'closed, with no loopback',
    options: { loopback: false },
    expected: { [PORT]: ({ from }) => (from === 'host' ? 'refused' : 'open blue'), [TARGET]: silent },
  },
  ...[SERVER_ADDRESSES.ipv4[1], SERVER_ADDRESSES.ipv6[0]].map((destination) => ({
    title: `closed, and public at ${destination} only`,
    options: { destination },
    expected: { [PORT]: onlyAt(destination), [TARGET]: silent },
  })),
  {
    title: 'closed, and public on eth0 only',
    options: { interface: 'eth0' },
    expected: {
      [PORT]: ({ from, address, family }) =>
        from === 'outside' && (address === SECOND_ADDRESSES[family] || address === SERVER_ADDRESSES[family][1])
          ? 'refused'
          : 'open blue',
      [TARGET]: silent,
    },
  },
  ...(['ipv4', 'ipv6'] as const).map((family) => ({
    title: `closed, and at one ${family} address`,
    options: { targetPort: BOUND_TARGET, targetAddress: SERVER_ADDRESSES[family][0] },
    expected: {
      [PORT]: onlyFamily(family, family),
      [BOUND_TARGET]: silent,
      [TARGET]: open,
    },
  })),
  {
    title: 'closed, behind a range of ports',
    options: { port: '8000-8010' },
    expected: { 7999: refused, 8000: open, 8005: open, 8010: open, 8011: refused, [TARGET]: silent },
  },
];

/** Where each option lets clients in and where it does not, from every place, on one backend. */
export function optionsSuite(backend: BackendName): void {
  for (const protocol of ['tcp', 'udp'] as const) {
    describe(`A published ${protocol} port on ${backend}, its target port`, () => {
      let hosts: Hosts;

      before(async () => {
        hosts = await Hosts.create({ secondInterface: true });
        await hosts.server.serve({ kind: protocol, id: 'blue', port: TARGET });
        for (const family of ['ipv4', 'ipv6'] as const) {
          const address = SERVER_ADDRESSES[family][0];
          await hosts.server.serve({ kind: protocol, id: family, address, port: BOUND_TARGET });
        }
      });

      after(() => hosts.remove());

      for (const { title, options, expected } of CASES) {
        it(title, async () => {
          await using firewall = await openFirewall({ backend, namespace: hosts.path });
          const published = await firewall.publish({ protocol, port: PORT, targetPort: TARGET, ...options });
          const targets = Object.entries(expected).map(([port, at]) => ({
            protocol,
            port: Number(port),
            expected: at,
          }));
          await assertProbes(hosts, targets, EVERYWHERE);
          await published.withdraw();
          await assertProbes(hosts, [
            { protocol, port: PORT, expected: 'refused' },
            { protocol, port: TARGET, expected: 'open blue' },
          ]);
        });
      }
    });
  }
}
