import type { Family, Protocol } from '../tables/table-rule';
import type { RuleReference } from './packet-filter';

/** 32 bits, of which those in `known` are known. */
export interface Bits {
  readonly value: number;
  readonly known: number;
}

export const NO_BITS: Bits = { value: 0, known: 0xffff_ffff };
export const UNKNOWN_BITS: Bits = { value: 0, known: 0 };

/** Where a packet goes in or out. */
export interface Passage {
  readonly name: string;
  readonly index?: number;
}

/** `untracked`: connection tracking leaves the packet alone, and so does every translation. */
export type TrackingState = 'new' | 'untracked';

/**
 * The first packet of a connection to this host, as far as it is known. A value that is undefined may be anything that
 * the real packet can have there.
 */
export interface Packet {
  readonly family: Family;
  readonly protocol: Protocol;
  /** A connection of this host to itself, through `lo`; else one from outside. */
  readonly isLocal: boolean;
  /** The interface that it came in on, one of these; empty where it came in on none; undefined: any but `lo`. */
  readonly in: readonly Passage[] | undefined;
  /** The interface that it goes out on; empty where it goes out on none. */
  readonly out: readonly Passage[];
  /** Addresses as their bytes, in hexadecimal digits: one of these. */
  readonly source?: readonly string[] | undefined;
  readonly destination?: readonly string[] | undefined;
  readonly destinationPort: number;
  /** The port that the connection was opened to. */
  readonly originalPort: number;
  /** One of these. */
  readonly states: readonly TrackingState[];
  /** Its destination was translated. */
  readonly isTranslated: boolean;
  /** No translation is looked for any more. */
  readonly isSettled: boolean;
  readonly mark: Bits;
  readonly connectionMark: Bits;
  /** Its destination was translated to an address of another host. */
  readonly isElsewhere?: boolean;
  /** The rule that has translated its destination. */
  readonly translatedBy?: RuleReference;
  /** The rule that keeps connection tracking from it. */
  readonly untrackedBy?: RuleReference;
  /** The rule that has put its connection into a zone of connection tracking, where its answers must be as well. */
  readonly zonedBy?: RuleReference;
  /** The rule that has given it to the socket of a proxy. */
  readonly proxiedBy?: RuleReference;
}

const LOOPBACK: readonly Passage[] = [{ name: 'lo', index: 1 }];

/** What differs from one packet to another when it comes to the host or is sent by it. */
export interface Opening {
  readonly family: Family;
  readonly protocol: Protocol;
  readonly port: number;
  readonly isLocal: boolean;
  /** Of a packet from outside. */
  readonly in?: readonly Passage[] | undefined;
  readonly destination?: readonly string[] | undefined;
}

/** The packet that opens a connection. */
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

/** A packet that this host sent to itself, as it comes back in: its connection has its translation by now. */
export function loopedBack(packet: Packet): Packet {
  return { ...packet, in: LOOPBACK, out: [], isSettled: true };
}

/** The bits where both are known and equal. */
function common(one: Bits, other: Bits): Bits {
  const known = one.known & other.known & ~(one.value ^ other.value);
  return { value: one.value & known, known };
}

/** What is known of a packet that may have been changed or not. */
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

/** (bits & ~mask) ^ value, as MARK and its like do. */
export function changedBits(bits: Bits, value: number, mask: number): Bits {
  return { value: ((bits.value & ~mask) ^ value) >>> 0, known: (bits.known | mask) >>> 0 };
}
