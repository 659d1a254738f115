import type { Protocol } from '../tables/table-rule';

/** An interface of a namespace (rtnetlink(7), RTM_GETLINK). */
export interface NetworkInterface {
  readonly name: string;
  readonly index: number;
  readonly up: boolean;
  readonly loopback: boolean;
  /** As `ip -d link` has it: `bridge`, `vrf`, `veth`; empty for a device of the hardware. */
  readonly kind: string;
  /** The index of the bridge, bond or VRF that it is a part of. */
  readonly master?: number;
}

/** A socket that takes what comes to its port from anybody: a listening TCP one, or a UDP one without a peer. */
export interface Listener {
  readonly protocol: Protocol;
  readonly address: string;
  readonly port: number;
}

/** What a namespace has besides its rules. */
export interface Network {
  readonly interfaces: readonly NetworkInterface[];
  /** `interface` is an index. */
  readonly addresses: readonly { readonly interface: number; readonly address: string }[];
  /** Absent where the kernel does not list them. */
  readonly listeners?: readonly Listener[];
}
