import type { Family, Protocol } from '../model/table-rule';
import type { RuleReference } from './packet-filter';

/** A word of 32 bits, of which those set in `known` are known. */
export interface Bits {
  readonly value: number;
  readonly known: number;
}

export const NO_BITS: Bits = { value: 0, known: 0xffff_ffff };
export const UNKNOWN_BITS: Bits = { value: 0, known: 0 };

/** An interface that a packet comes in or goes out by. */
export interface Passage {
  readonly name: string;
  readonly index?: number;
}

/** The state in connection tracking. A packet that is `untracked` is neither tracked nor translated. */
export type TrackingState = 'new' | 'untracked';

/**
 * The first packet of a connection to this host, as far as it is known. A value that is undefined may be anything that
 * the real packet can have there.
 */
export interface Packet {
  readonly family: Family;
  readonly protocol: Protocol;
  /** True for a connection of this host to itself, through `lo`, and false for one from outside. */
  readonly isLocal: boolean;
  /** The interface that the packet came in on is one of these. Empty: it came in on none. Undefined: any but `lo`. */
  readonly in: readonly Passage[] | undefined;
  /** The interface that the packet goes out on. Empty: it goes out on none. */
  readonly out: readonly Passage[];
  /** The source is one of these addresses, each given as the hexadecimal digits of its bytes. */
  readonly source?: readonly string[] | undefined;
  readonly destination?: readonly string[] | undefined;
  readonly destinationPort: number;
  /** The port to which the connection was opened. */
  readonly originalPort: number;
  /** The state is one of these. */
  readonly states: readonly TrackingState[];
  /** True if the destination was translated. */
  readonly isTranslated: boolean;
  /** True if no translation is looked up any more. */
  readonly isSettled: boolean;
  readonly mark: Bits;
  readonly connectionMark: Bits;
  /** True if the destination was translated to an address of another host. */
  readonly isElsewhere?: boolean;
  /** The rule that translated the destination. */
  readonly translatedBy?: RuleReference;
  /** The rule that exempted the packet from connection tracking. */
  readonly untrackedBy?: RuleReference;
  /** The rule that put the connection into a zone of connection tracking, in which its replies must be as well. */
  readonly zonedBy?: RuleReference;
  /** The rule that gave the packet to the socket of a proxy. */
  readonly proxiedBy?: RuleReference;
}

const LOOPBACK: readonly Passage[] = [{ name: 'lo', index: 1 }];

/** The properties in which opening packets differ. */
export interface Opening {
  readonly family: Family;
  readonly protocol: Protocol;
  readonly port: number;
  readonly isLocal: boolean;
  /** The interfaces that a packet from outside may come in on. */
  readonly in?: readonly Passage[] | undefined;
  readonly destination?: readonly string[] | undefined;
}

/** Returns the packet that opens a connection. */
export function openingPacket({ family, protocol, port, isLocal, ...rest }: Opening): Packet {
  return {
    family,
    protocol,
    isLocal,
    in: isLocal ? [] : rest.in,
    out: isLocal ? LOOPBACK : [],
    source: isLocal ? rest.destination : undefined,
    destination: rest.destination,
    destinationPort: port,
    originalPort: port,
    states: ['new'],
    isTranslated: false,
    isSettled: false,
    mark: NO_BITS,
    connectionMark: NO_BITS,
  };
}

/** Returns a packet that this host sent to itself as it comes back in: the NAT of its connection is set up by then. */
export function loopedBack(packet: Packet): Packet {
  return { ...packet, in: LOOPBACK, out: [], isSettled: true };
}

/** Returns the bits that are known and equal in both. */
function common(one: Bits, other: Bits): Bits {
  const known = one.known & other.known & ~(one.value ^ other.value);
  return { value: one.value & known, known };
}

/** Returns the known properties of a packet that was either changed or left as it was. */
export function eitherPacket(changed: Packet, given: Packet): Packet {
  if (changed === given) return given;
  const states = given.states.concat(changed.states.filter((state) => !given.states.includes(state)));
  const untrackedBy = changed.untrackedBy ?? given.untrackedBy;
  const zonedBy = changed.zonedBy ?? given.zonedBy;
  return {
    ...given,
    states,
    mark: common(changed.mark, given.mark),
    connectionMark: common(changed.connectionMark, given.connectionMark),
    ...(untrackedBy && { untrackedBy }),
    ...(zonedBy && { zonedBy }),
  };
}

/** Returns (bits & ~mask) ^ value, as MARK and similar targets compute it. */
export function changedBits(bits: Bits, value: number, mask: number): Bits {
  return { value: ((bits.value & ~mask) ^ value) >>> 0, known: (bits.known | mask) >>> 0 };
}
