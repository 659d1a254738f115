import { type BackendName, openFirewall, type PublishOptions } from '../../lib';
import type { Protocol } from '../support/agent/protocol';
import {
  ANYCAST_ADDRESS,
  type Family,
  Hosts,
  SECOND_ADDRESSES,
  SECONDARY_ADDRESSES,
  SERVER_ADDRESSES,
} from '../support/hosts';
import {
  ANYCAST_PLACES,
  assertProbes,
  type Expected,
  OTHER_PLACES,
  PLACES,
  type Place,
  type Target,
} from '../support/probe-matrix';
import { Surroundings } from '../support/surroundings';

const PORT = 8445;
const TARGET = 8443;
const BOUND_TARGET = 9443;

const EVERYWHERE: readonly Place[] = [
  ...PLACES,
  ...OTHER_PLACES,
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

/**
 * From which of these addresses the host does not answer by itself: to what came in on eth0, and to what it sent itself
 * (whose source is the first IPv4 address of the interface, but the very IPv6 address).
 */
const SILENT: Record<Place['from'], readonly string[]> = {
  outside: [SECONDARY_ADDRESSES.ipv4, SECONDARY_ADDRESSES.ipv6, ANYCAST_ADDRESS],
  host: [SECONDARY_ADDRESSES.ipv4, ANYCAST_ADDRESS],
};

/** What a UDP client gets that waits for an answer from the address it sent to, while the server is on a wildcard address. */
function answered({ from, address }: Place, isDirect: boolean, options: Partial<PublishOptions>, outcome: Expected) {
  const isRewritten = !isDirect && (from === 'outside' || options.targetAddress !== undefined);
  return outcome.startsWith('open') && !isRewritten && SILENT[from].includes(address) ? 'timeout' : outcome;
}

/** The probes of a case. The kernel itself takes no TCP at anycast addresses: they are probed with UDP. */
async function assertCase(hosts: Hosts, protocol: Protocol, { options, expected }: Case): Promise<void> {
  const targets = Object.entries(expected).map(([text, at]): Target => {
    const port = Number(text);
    const isDirect = port === TARGET || port === BOUND_TARGET;
    return {
      protocol,
      port,
      expected: (place) => (protocol === 'tcp' ? at(place) : answered(place, isDirect, options, at(place))),
    };
  });
  await assertProbes(hosts, targets, protocol === 'tcp' ? EVERYWHERE : [...EVERYWHERE, ...ANYCAST_PLACES]);
}

/** What an ACCEPT of others takes out of filter is denied all the same, but the legacy tables cannot reject it elsewhere. */
function withoutAnswer({ title, options, expected }: Case): Case {
  const direct = expected[TARGET];
  if (options.deny !== 'reject' || direct === undefined) return { title, options, expected };
  const silenced = (place: Place): Expected => (direct(place) === 'refused' ? 'timeout' : direct(place));
  return { title, options, expected: { ...expected, [TARGET]: silenced } };
}

/** Where each option lets clients in and where it does not, from every place, on one backend. */
export function optionsSuite(backend: BackendName): void {
  for (const protocol of ['tcp', 'udp'] as const) {
    describe(`A published ${protocol} port on ${backend}, its target port`, () => {
      let hosts: Hosts;

      before(async () => {
        hosts = await Hosts.create({ secondInterface: true, router: true });
        await hosts.server.serve({ kind: protocol, id: 'blue', port: TARGET });
        for (const family of ['ipv4', 'ipv6'] as const) {
          const address = SERVER_ADDRESSES[family][0];
          await hosts.server.serve({ kind: protocol, id: family, address, port: BOUND_TARGET });
        }
      });

      after(() => hosts.remove());

      for (const one of CASES) {
        it(one.title, async () => {
          await using firewall = await openFirewall({ backend, namespace: hosts.path });
          await firewall.publishAll([{ protocol, port: PORT, targetPort: TARGET, ...one.options }]);
          await assertCase(hosts, protocol, one);
          await using surroundings = await Surroundings.add(hosts, backend);
          await assertCase(hosts, protocol, backend === 'iptc' ? withoutAnswer(one) : one);
          await surroundings.remove();
          await firewall.clear();
          await assertProbes(hosts, [
            { protocol, port: PORT, expected: 'refused' },
            { protocol, port: TARGET, expected: 'open blue' },
          ]);
        });
      }
    });
  }
}
