import { familyOf, isLoopbackAddress } from '../model/address';
import type { Publication } from '../model/entry';
import type { Listener, Network } from '../model/network';
import { includes } from '../model/port';
import type { Family } from '../model/table-rule';
import type { ForeignFinding } from './finding';
import { isLinkLocal } from './host';
import { describePort } from './wording';

/** Returns the findings about the sockets and interfaces of the network namespace that affect published ports. */
export function* hostFindings(network: Network, published: readonly Publication[]): Generator<void, ForeignFinding[]> {
  const findings: ForeignFinding[] = [];
  for (const publication of published) {
    findings.push(
      ...inUse(publication, network.listeners ?? []),
      ...interfaceFindings(publication, network),
      ...unnumbered(publication, network),
    );
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

/** The kinds of interfaces that take over the traffic of their ports: it comes in as that of the bridge or bond. */
const ENSLAVING: ReadonlySet<string> = new Set(['bridge', 'bond', 'team', 'openvswitch']);

/** The maximum number of interfaces that a remedy names. */
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

/**
 * Finds UDP ports without an address to redirect to. UDP from outside is redirected to an address of the interface it
 * comes in by. There is none if all addresses of the host are on `lo`, for example behind a router that has a route to
 * them.
 */
function unnumbered(publication: Publication, { interfaces, addresses }: Network): ForeignFinding[] {
  const { protocol, destination, targetAddress, family, name } = publication;
  if (protocol !== 'udp' || targetAddress !== undefined) return [];
  const only = destination === undefined ? family : familyOf(destination);
  const outer = interfaces.filter((one) => !one.loopback && one.up && nameMatches(one.name, publication.interface));
  const isOuter = (index: number) => outer.some((one) => one.index === index);
  const isInner = (index: number) => interfaces.some((one) => one.loopback && one.index === index);
  return (['ipv4', 'ipv6'] as const).flatMap((one: Family): ForeignFinding[] => {
    if (outer.length === 0 || (only !== undefined && only !== one)) return [];
    const usable = addresses.filter(({ address }) => familyOf(address) === one && !isLinkLocal(address));
    const inner = usable.find((own) => isInner(own.interface) && !isLoopbackAddress(own.address));
    if (inner === undefined || usable.some((own) => isOuter(own.interface))) return [];
    const at = destination ?? inner.address;
    return [
      {
        level: 'problem',
        code: 'interface-unnumbered',
        name,
        text: `what comes from outside over ${one === 'ipv4' ? 'IPv4' : 'IPv6'} to ${describePort(publication)} is dropped: UDP is redirected to an address of the interface that it comes in by, and none has one`,
        remedy: `publish it with destination and targetAddress, one published port for each address: --destination ${at} --target-address ${at}`,
      },
    ];
  });
}

function nameMatches(name: string, wanted: string | undefined): boolean {
  if (wanted === undefined) return true;
  return /[+*]$/.test(wanted) ? name.startsWith(wanted.slice(0, -1)) : name === wanted;
}
