import type { Outcome } from '../support/agent/protocol';
import { FAMILIES, type Family, type Hosts, SERVER_ADDRESSES } from '../support/hosts';
import { PUBLIC_PORTS, SERVERS, type Way } from './changes';

const PATIENCE_MS = 5_000;
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
  for (const port of SERVERS) await server.serve({ kind: 'tcp', id: String(port), port });
}

/** What a new connection to a port comes to: the server that answers, or nothing. */
function fateOf(ways: readonly Way[], { address }: Place, port: number): string {
  const leads = ({ destination = address }: Way) => destination === address;
  const way = ways.find((one) => one.port === port && leads(one));
  if (way !== undefined) return `open ${way.targetPort}`;
  const isClosed = ways.some(({ targetPort }) => targetPort === port);
  return SERVERS.some((server) => server === port) && !isClosed ? `open ${port}` : 'refused';
}

/** Everything that new connections find otherwise than it is before or after the change, in words. */
export async function wrongFates(hosts: Hosts, ...states: (readonly Way[])[]): Promise<string[]> {
  const probe = async (from: Place['from']) => {
    const probes = PLACES.filter((place) => place.from === from).flatMap((place) =>
      PORTS.map((port) => ({ place, port })),
    );
    const host = from === 'outside' ? hosts.outside : hosts.server;
    const outcomes = await host.probe(
      probes.map(({ place, port }) => ({ protocol: 'tcp', address: place.address, port, timeout: PATIENCE_MS })),
    );
    return probes.flatMap(({ place, port }, index) => {
      const actual = words(outcomes[index]);
      const allowed = states.map((ways) => fateOf(ways, place, port));
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
