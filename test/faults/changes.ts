import type { PublishOptions } from '../../lib';
import type { Work } from './protocol';

/** A public port and where it leads to; that target port is closed. */
export interface Way {
  readonly port: number;
  readonly targetPort: number;
}

/** One kind of change, with what is published before and after it. */
export interface Change {
  readonly name: string;
  readonly work: Work;
  readonly from: readonly PublishOptions[];
  readonly to: readonly Way[];
  /** Rules with a name and rules without one close the same port: after a crash both may. */
  readonly mixes?: true;
}

/** Rejected, not dropped, so that a probe need not wait for silence. */
function service(name: string, port: number, targetPort: number) {
  return { name, port, targetPort, deny: 'reject' } as const;
}

export const SERVERS = [8443, 9443, 7443] as const;
export const PUBLIC_PORTS = [8445, 8446, 8447, 8449] as const;

const WEB = service('web', 8445, 8443);
const API = service('api', 8447, 9443);
const BASE = [WEB, API];
const EXTRA = service('extra', 8449, 7443);

function publishAll(name: string, to: readonly (PublishOptions & Way)[]): Change {
  return { name, work: { does: 'publishAll', options: to }, from: BASE, to };
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
  { name: 'clear', work: { does: 'clear' }, from: BASE, to: [] },
  {
    name: 'apply',
    work: { does: 'apply', ports: [[8445, 8443]] },
    from: BASE,
    to: [{ port: 8445, targetPort: 8443 }],
    mixes: true,
  },
  { name: 'open', work: { does: 'open' }, from: BASE, to: BASE as readonly (PublishOptions & Way)[] },
];

export function waysOf(published: readonly PublishOptions[]): Way[] {
  return published.map(({ port, targetPort }) => ({ port: Number(port), targetPort }));
}
