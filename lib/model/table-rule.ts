/**
 * A rule of a legacy netfilter table as structured values, as `iptc.node` reads and writes it.
 *
 * A match or target that portshift does not write itself is represented as `unknown`, with the kernel's own bytes, so
 * that reading a foreign rule never loses anything (`struct ipt_entry`, linux/netfilter_ipv4/ip_tables.h).
 */

export type Family = 'ipv4' | 'ipv6';
export type TableName = 'filter' | 'nat' | 'mangle' | 'raw' | 'security';
export type Protocol = 'tcp' | 'udp';

/** An inclusive range of ports, 0 to 65535; a single port has both ends equal. */
export type PortSpan = readonly [first: number, last: number];

/** The TCP flags that are tested, and those of them that must be set. */
export type TcpFlags = readonly [mask: number, set: number];

/** The value of `-s` or `-d`. `mask` is an address too, as the kernel stores it: 255.0.0.0, ffff:ffff::. */
export interface AddressSpec {
  readonly address: string;
  readonly mask: string;
  readonly invert?: boolean;
}

/** The value of `-i` or `-o`. A name that ends in `+` matches every interface that begins with it, as in iptables. */
export interface InterfaceSpec {
  readonly name: string;
  readonly invert?: boolean;
}

/** The type of an address, as ip-route(8) has it (`enum` of linux/netfilter/xt_addrtype.h). */
export type AddressType =
  | 'unspec'
  | 'unicast'
  | 'local'
  | 'broadcast'
  | 'anycast'
  | 'multicast'
  | 'blackhole'
  | 'unreachable'
  | 'prohibit'
  | 'throw'
  | 'nat'
  | 'xresolve';

export type TableMatch =
  /**
   * `-p tcp --sport A:B --dport A:B`; `syn` is `--syn`, that is `--tcp-flags FIN,SYN,RST,ACK SYN`, and `notSyn` is
   * `! --syn` (xt_tcp).
   */
  | {
      readonly match: 'tcp';
      readonly destinationPorts?: PortSpan;
      readonly sourcePorts?: PortSpan;
      /** `--tcp-flags MASK COMP` other than `syn` and `notSyn`, as bits of the header's 14th byte (RFC 9293, 3.1). */
      readonly flags?: TcpFlags;
      readonly syn?: boolean;
      readonly notSyn?: boolean;
    }
  /** `-p udp --sport A:B --dport A:B` (xt_udp). */
  | { readonly match: 'udp'; readonly destinationPorts?: PortSpan; readonly sourcePorts?: PortSpan }
  /** `-m mark --mark VALUE/MASK` (xt_mark revision 1). */
  | { readonly match: 'mark'; readonly value: number; readonly mask: number }
  /**
   * `-m conntrack [! --ctstate ESTABLISHED,DNAT] [--ctdir ORIGINAL|REPLY]` (xt_conntrack revision 3). A packet without
   * a connection, invalid or untracked, is in neither state, and matches. It does not match a direction alone.
   */
  | {
      readonly match: 'conntrack';
      readonly notEstablished?: boolean;
      /** True if the destination of the connection must not have been changed by DNAT or REDIRECT. */
      readonly notTranslated?: boolean;
      readonly directionOriginal?: boolean;
      readonly directionReply?: boolean;
    }
  /**
   * `-m addrtype [!] --dst-type TYPE,TYPE [--limit-iface-in]` (xt_addrtype revision 1). The types are in the order of
   * AddressType. IPv4 matches if any of the types holds. IPv6 does so among `local`, `anycast` and `unreachable`;
   * `multicast` and `unicast` must hold in addition to them.
   */
  | {
      readonly match: 'addrtype';
      readonly destinationTypes: readonly AddressType[];
      readonly invert?: boolean;
      /**
       * True if the address must be one of the interface that the packet came in on, in the routing table of its VRF.
       */
      readonly limitInterface?: boolean;
    }
  /**
   * `-m socket` (xt_socket revision 3) matches packets that belong to a socket other than a listener on the wildcard
   * address.
   */
  | { readonly match: 'socket' }
  /** `-m comment --comment TEXT`, at most 255 bytes (xt_comment). */
  | { readonly match: 'comment'; readonly comment: string }
  | { readonly match: 'unknown'; readonly name: string; readonly revision: number; readonly data: Uint8Array };

export type TableTarget =
  | { readonly target: 'REDIRECT'; readonly port: number }
  /** `--to-destination [ADDRESS]:PORT`; with no address only the port is rewritten. */
  | { readonly target: 'DNAT'; readonly address?: string; readonly port: number }
  /** `-j MARK --set-xmark VALUE/MASK` (xt_MARK revision 2). */
  | { readonly target: 'MARK'; readonly value: number; readonly mask: number }
  | { readonly target: 'REJECT'; readonly with: 'tcp-reset' | 'port-unreachable' }
  | { readonly target: 'ACCEPT' | 'DROP' | 'RETURN' | 'QUEUE' }
  | { readonly target: 'jump' | 'goto'; readonly chain: string }
  /** The rule has no `-j` at all: it only counts. */
  | { readonly target: 'none' }
  | { readonly target: 'unknown'; readonly name: string; readonly revision: number; readonly data: Uint8Array };

export interface TableRule {
  /** `-p`. Absent: any protocol. A number is a protocol that portshift has no name for. */
  readonly protocol?: Protocol | number;
  readonly source?: AddressSpec;
  readonly destination?: AddressSpec;
  readonly inInterface?: InterfaceSpec;
  readonly outInterface?: InterfaceSpec;
  /** True if the entry has flags that have no field here (`-f`, `! -p`, TOS, ...). They are read, but never written. */
  readonly otherFlags?: boolean;
  readonly matches: readonly TableMatch[];
  readonly target: TableTarget;
}

export interface Counters {
  readonly packets: number;
  readonly bytes: number;
}

type PortMatch = Extract<TableMatch, { match: 'tcp' | 'udp' }>;

/**
 * Returns the match of a placement with the ports filled in: the source ports if it has any, otherwise the destination
 * ports.
 */
export function withPorts(match: PortMatch, ports: PortSpan): PortMatch {
  return match.sourcePorts === undefined ? { ...match, destinationPorts: ports } : { ...match, sourcePorts: ports };
}
