import type { Listener, Network } from '../plan/network';
import { isLoopbackAddress } from '../rules/address';
import type { Publication } from '../rules/entry';
import { includes } from '../rules/port';
import type { ForeignFinding } from './finding';
import { describePort } from './wording';

/** What the namespace's own sockets and interfaces mean for published ports. */
export function* hostFindings(network: Network, published: readonly Publication[]): Generator<void, ForeignFinding[]> {
  const findings: ForeignFinding[] = [];
  for (const publication of published) {
    findings.push(...inUse(publication, network.listeners ?? []), ...interfaceFindings(publication, network));
    yield;
  }
  return findings;
}

function inUse(publication: Publication, listeners: readonly Listener[]): ForeignFinding[] {
  const { protocol, port, targetPort, destination, loopback, name } = publication;
  const found = listeners.filter(
    (one) =>
      one.protocol === protocol &&
      includes(port, one.port) &&
      one.port !== targetPort &&
      // With a destination, the host's own clients are redirected at loopback addresses as well.
      (isLoopbackAddress(one.address)
        ? loopback
        : destination === undefined || isWildcard(one.address) || one.address === destination),
  );
  const [first] = found;
  if (first === undefined) return [];
  const places = [...new Set(found.map((one) => `${one.address} port ${one.port}`))].slice(0, 4).join(', ');
  return [
    {
      level: 'warning',
      code: 'port-in-use',
      name,
      text: `something listens on the public port of ${describePort(publication)} itself (${places}): new connections go to port ${targetPort} instead, as long as it is published`,
      remedy: 'stop that server if it is not meant to be replaced, or publish on another port',
    },
  ];
}

function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

/** Traffic on a port of a bridge or of a bond comes in as the bridge's, or the bond's. */
const ENSLAVING: ReadonlySet<string> = new Set(['bridge', 'bond', 'team', 'openvswitch']);

/** So many interfaces are named where there are many. */
const MOST_NAMED = 8;

function interfaceFindings(publication: Publication, { interfaces }: Network): ForeignFinding[] {
  const { name } = publication;
  const wanted = publication.interface;
  if (wanted === undefined || interfaces.length === 0) return [];
  const isPattern = wanted.endsWith('+') || wanted.endsWith('*');
  const there = interfaces.find((one) => one.name === wanted);
  if (isPattern) return [];
  if (there === undefined) {
    const others = interfaces.flatMap((one) => (one.loopback ? [] : [one.name])).slice(0, MOST_NAMED);
    return [
      {
        level: 'problem',
        code: 'interface-missing',
        name,
        text: `there is no interface ${wanted}, from which alone connections to ${describePort(publication)} are taken: nobody outside reaches it`,
        remedy: others.length === 0 ? 'publish it for any' : `publish it for one of ${others.join(', ')}, or for any`,
      },
    ];
  }
  const master = interfaces.find(({ index }) => index === there.master);
  if (master === undefined || !ENSLAVING.has(master.kind)) return [];
  return [
    {
      level: 'problem',
      code: 'interface-enslaved',
      name,
      text: `${wanted}, from which alone connections to ${describePort(publication)} are taken, is part of the ${master.kind} ${master.name}: what comes in there comes in as ${master.name}, and nobody outside reaches the port`,
      remedy: `publish it for ${master.name}`,
    },
  ];
}
