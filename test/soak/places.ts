import type { Protocol } from '../support/agent/protocol';
import type { Host } from '../support/host';
import { type Hosts, SERVER_ADDRESSES } from '../support/hosts';

/** A way to the server host: over each family from outside and from the host itself. */
export interface Place {
  readonly from: 'outside' | 'server';
  readonly address: string;
}

export const PLACES: readonly Place[] = [
  { from: 'outside', address: SERVER_ADDRESSES.ipv4[0] },
  { from: 'outside', address: SERVER_ADDRESSES.ipv6[1] },
  { from: 'server', address: '127.0.0.1' },
  { from: 'server', address: SERVER_ADDRESSES.ipv6[0] },
];

export const PROTOCOLS: readonly Protocol[] = ['tcp', 'udp'];

export function hostOf(hosts: Hosts, { from }: Place): Host {
  return hosts[from];
}

/** The places in turn. */
export function placeOf(round: number): Place {
  return PLACES[round % PLACES.length] as Place;
}
