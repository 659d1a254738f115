import type { Outcome, Protocol } from '../support/agent/protocol';
import { FAMILIES, type Family, type Hosts, SERVER_ADDRESSES } from '../support/hosts';
import { PUBLIC_PORTS, SERVERS, type Way } from './changes';

const PATIENCE_MS = 5_000;
/** Where silence is what is expected. */
const SILENCE_MS = 200;
const LOOPBACK = { ipv4: '127.0.0.1', ipv6: '::1' } as const;

interface Place {
  readonly from: 'outside' | 'host';
  readonly family: Family;
  readonly address: string;
}

const PLACES: readonly Place[] = FAMILIES.flatMap((family) => [
  { from: 'outside', family, address: SERVER_ADDRESSES[family][0] },
  { from: 'host', family, address: LOOPBACK[family] },
]);
const PORTS = [...PUBLIC_PORTS, ...SERVERS];

/** A server on every target port that says which one it is. */
export async function serveAll({ server }: Hosts): Promise<void> {
  for (const kind of ['tcp', 'udp'] as const) {
    for (const port of SERVERS) await server.serve({ kind, id: `${kind} ${port}`, port });
  }
}

/** What a new connection to a port comes to: the server that answers, or nothing. */
function fateOf(ways: readonly Way[], { address }: Place, protocol: Protocol, port: number): string {
  const leads = ({ destination = address }: Way) => destination === address;
  const way = ways.find((one) => one.port === port && leads(one));
  if (way !== undefined) return `open ${protocol} ${way.targetPort}`;
  const closing = ways.find(({ targetPort }) => targetPort === port);
  if (closing !== undefined) return closing.deny === 'reject' ? 'refused' : 'timeout';
  return SERVERS.some((server) => server === port) ? `open ${protocol} ${port}` : 'refused';
}

/** Everything that new connections find otherwise than it is before or after the change, in words. */
export async function wrongFates(hosts: Hosts, ...states: (readonly Way[])[]): Promise<string[]> {
  const protocol = states.flat()[0]?.protocol ?? 'tcp';
  const probe = async (from: Place['from']) => {
    const probes = PLACES.filter((place) => place.from === from).flatMap((place) =>
      PORTS.map((port) => ({ place, port, allowed: states.map((ways) => fateOf(ways, place, protocol, port)) })),
    );
    const host = from === 'outside' ? hosts.outside : hosts.server;
    const outcomes = await host.probe(
      probes.map(({ place: { address }, port, allowed }) => ({
        protocol,
        address,
        port,
        timeout: allowed.includes('timeout') ? SILENCE_MS : PATIENCE_MS,
      })),
    );
    return probes.flatMap(({ place, port, allowed }, index) => {
      const actual = words(outcomes[index]);
      if (allowed.includes(actual)) return [];
      return [`${place.family} from ${place.from} to ${port}: ${actual}, not ${[...new Set(allowed)].join(' or ')}`];
    });
  };
  return (await Promise.all([probe('outside'), probe('host')])).flat();
}

function words(outcome: Outcome | undefined): string {
  if (outcome?.state === 'open') return `open ${outcome.server}`;
  return outcome?.state ?? 'nothing';
}
