import type { PublishOptions } from '../../lib';
import { SERVER_ADDRESSES } from '../support/hosts';
import type { Work } from './protocol';

/** A public port and where it leads to; that target port is closed. */
export interface Way {
  readonly port: number;
  readonly targetPort: number;
  /** From outside, and to this address, only. */
  readonly destination?: string;
  /** Default: `drop`, as of publish(). */
  readonly deny?: 'drop' | 'reject';
  /** The same one in all of a change. Default: `tcp`. */
  readonly protocol?: 'tcp' | 'udp';
}

/** One kind of change, with what is published before and after it. */
export interface Change {
  readonly name: string;
  readonly work: Work;
  readonly from: readonly PublishOptions[];
  readonly to: readonly Way[];
}

/** Rejected, not dropped, so that a probe need not wait for silence; DROPPED is for what differs there. */
function service(name: string, port: number, targetPort: number) {
  return { name, port, targetPort, deny: 'reject' } as const;
}

export const SERVERS = [8443, 9443, 7443] as const;
export const PUBLIC_PORTS = [8445, 8446, 8447, 8449] as const;

const WEB = service('web', 8445, 8443);
const API = service('api', 8447, 9443);
const BASE = [WEB, API];
const EXTRA = service('extra', 8449, 7443);
const DROPPED = { ...WEB, deny: 'drop' } as const;

function udp<T extends PublishOptions>(options: T) {
  return { ...options, protocol: 'udp' } as const;
}

/** For IPv6 alone. */
function atIpv6(port: number, targetPort: number) {
  return { ...service('web', port, targetPort), destination: SERVER_ADDRESSES.ipv6[0], loopback: false } as const;
}

function publishAll(name: string, to: readonly (PublishOptions & Way)[], from: Change['from'] = BASE): Change {
  return { name, work: { does: 'publishAll', options: to }, from, to };
}

export const CHANGES: readonly Change[] = [
  { name: 'publish', work: { does: 'publish', options: EXTRA }, from: BASE, to: [...BASE, EXTRA] },
  { name: 'publish the first', work: { does: 'publish', options: WEB }, from: [], to: [WEB] },
  { name: 'move', work: { does: 'move', name: 'web', to: 8446 }, from: BASE, to: [{ ...WEB, port: 8446 }, API] },
  {
    name: 'retarget',
    work: { does: 'retarget', name: 'web', to: 7443 },
    from: BASE,
    to: [{ ...WEB, targetPort: 7443 }, API],
  },
  { name: 'withdraw', work: { does: 'withdraw', name: 'api' }, from: BASE, to: [WEB] },
  { name: 'withdraw the last', work: { does: 'withdraw', name: 'web' }, from: [WEB], to: [] },
  publishAll('publishAll that swaps ports', [service('web', 8447, 8443), service('api', 8445, 9443)]),
  publishAll('publishAll that swaps targets', [service('web', 8445, 9443), service('api', 8447, 8443)]),
  publishAll('publishAll that swaps names', [service('web', 8447, 9443), service('api', 8445, 8443)]),
  publishAll('publishAll that hands on a name', [service('api', 8445, 7443), EXTRA]),
  publishAll(
    'publishAll that swaps ports between families',
    [atIpv6(8447, 8443), service('api', 8445, 9443)],
    [atIpv6(8445, 8443), API],
  ),
  { name: 'publish, dropped', work: { does: 'publish', options: DROPPED }, from: [API], to: [API, DROPPED] },
  publishAll('publishAll that drops instead of rejecting', [DROPPED, API]),
  publishAll('publishAll that rejects instead of dropping', BASE, [DROPPED, API]),
  publishAll('publishAll that ends what runs', [{ ...WEB, established: 'drop' }, API]),
  publishAll('publishAll that ends what runs, dropped', [{ ...DROPPED, established: 'drop' }, API], [DROPPED, API]),
  {
    name: 'publish, UDP',
    work: { does: 'publish', options: udp(EXTRA) },
    from: BASE.map(udp),
    to: [...BASE, EXTRA].map(udp),
  },
  publishAll(
    'publishAll that swaps targets, UDP',
    [udp(service('web', 8445, 9443)), udp(service('api', 8447, 8443))],
    BASE.map(udp),
  ),
  { name: 'clear', work: { does: 'clear' }, from: BASE, to: [] },
  {
    name: 'apply',
    work: { does: 'apply', ports: [[8445, 8443]] },
    from: BASE,
    to: [{ port: 8445, targetPort: 8443, deny: 'reject' }],
  },
  { name: 'open', work: { does: 'open' }, from: BASE, to: BASE as readonly (PublishOptions & Way)[] },
];

export function waysOf(published: readonly PublishOptions[]): Way[] {
  return published.map(({ port, targetPort, destination, deny, protocol }) => ({
    port: Number(port),
    targetPort,
    ...(destination !== undefined && { destination }),
    ...(deny !== undefined && { deny }),
    ...(protocol !== undefined && { protocol }),
  }));
}
