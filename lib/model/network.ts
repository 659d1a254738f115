import type { Protocol } from './table-rule';

/** An interface of a namespace (rtnetlink(7), RTM_GETLINK). */
export interface NetworkInterface {
  readonly name: string;
  readonly index: number;
  readonly up: boolean;
  readonly loopback: boolean;
  /** The kind as in `ip -d link`: `bridge`, `vrf`, `veth`. Empty for a hardware device. */
  readonly kind: string;
  /** The index of the bridge, bond or VRF that it is a part of. */
  readonly master?: number;
}

/**
 * A socket that receives what arrives at its port from any peer: a listening TCP socket, or a UDP socket without a
 * peer.
 */
export interface Listener {
  readonly protocol: Protocol;
  readonly address: string;
  readonly port: number;
}

/** The interfaces, addresses and listening sockets of a network namespace. */
export interface Network {
  readonly interfaces: readonly NetworkInterface[];
  /** The addresses. `interface` is the index of an interface. */
  readonly addresses: readonly { readonly interface: number; readonly address: string }[];
  /** The listening sockets. Absent if the kernel does not list them. */
  readonly listeners?: readonly Listener[];
}
