import { addressBytes } from '../backends/nft';
import type { AddressType, PortSpan } from '../model/table-rule';
import type { Bits, Packet } from './packet';
import { all, both, forEach, inverted, type MatchTruth, type Truth, truthOf, within } from './truth';
import { StructReader } from './xt-bytes';
import { conntrackHolds, stateHolds } from './xt-conntrack';

/** A match or target of the kernel: its name, its revision and the bytes of its struct. */
export interface Extension {
  readonly name: string;
  readonly revision: number;
  readonly data: Uint8Array;
}

type Decoder = (struct: StructReader, packet: Packet, revision: number) => MatchTruth;

/** Evaluates a match that is given by its kernel bytes. */
export function extensionHolds({ name, revision, data }: Extension, packet: Packet): MatchTruth {
  if (DEPENDS_ON_MORE.has(name)) return 'unknown';
  return DECODERS[name]?.(new StructReader(data), packet, revision) ?? 'undecoded';
}

/**
 * The matches that depend on more than the opening of a connection: its source, its rate, the time, lists that change.
 */
const DEPENDS_ON_MORE = new Set([
  'bpf',
  'cgroup',
  'cluster',
  'connbytes',
  'connlimit',
  'cpu',
  'devgroup',
  'dscp',
  'ecn',
  'geoip',
  'hashlimit',
  'helper',
  'ipvs',
  'length',
  'limit',
  'mac',
  'nfacct',
  'osf',
  'owner',
  'physdev',
  'pkttype',
  'policy',
  'quota',
  'rateest',
  'realm',
  'recent',
  'set',
  'socket',
  'statistic',
  'string',
  'tcpmss',
  'time',
  'tos',
  'ttl',
  'hl',
  'u32',
  'xlabel',
]);

const DECODERS: Readonly<Record<string, Decoder>> = {
  comment: () => 'yes',
  icmp: () => 'no',
  icmp6: () => 'no',
  sctp: () => 'no',
  dccp: () => 'no',
  esp: () => 'no',
  ah: () => 'no',
  tcp: tcpHolds,
  udp: udpHolds,
  multiport: multiportHolds,
  state: (struct, packet) => (struct.has(4) ? stateHolds(struct.word(0), packet) : 'undecoded'),
  conntrack: conntrackHolds,
  mark: (struct, packet, revision) => (revision === 1 ? markHolds(struct, packet.mark) : 'undecoded'),
  connmark: (struct, packet, revision) => (revision === 1 ? markHolds(struct, packet.connectionMark) : 'undecoded'),
  iprange: iprangeHolds,
  rpfilter: reversePathHolds,
  addrtype: addrtypeExtensionHolds,
};

/** Evaluates whether the bits have this value under the mask. */
export function bitsHold({ value: bits, known }: Bits, value: number, mask: number): Truth {
  if (((bits ^ value) & mask & known) !== 0 || (value & ~mask) !== 0) return 'no';
  return (mask & ~known) === 0 ? 'yes' : 'unknown';
}

/** Evaluates struct xt_mark_mtinfo1, or xt_connmark_mtinfo1, which has the same layout. */
function markHolds(struct: StructReader, bits: Bits): MatchTruth {
  if (!struct.has(9)) return 'undecoded';
  return inverted(bitsHold(bits, struct.word(0), struct.word(4)), struct.byte(8) !== 0);
}

const RPFILTER_INVERT = 8;

/** Evaluates struct xt_rpfilter_info. A client that gets answers has a reverse path; other packets are spoofed. */
function reversePathHolds(struct: StructReader): MatchTruth {
  return struct.has(1) ? truthOf((struct.byte(0) & RPFILTER_INVERT) === 0) : 'undecoded';
}

/** Evaluates a span for a port that is not known: every port is within the full span, and any other span is unknown. */
function mayBeWithin([first, last]: PortSpan): Truth {
  return first === 0 && last === 0xffff ? 'yes' : 'unknown';
}

/** Evaluates struct xt_tcp: two spans of ports, an option, the mask and the values of flags, and the inverse flags. */
function tcpHolds(struct: StructReader, packet: Packet): MatchTruth {
  if (!struct.has(12)) return 'undecoded';
  if (packet.protocol !== 'tcp') return 'no';
  const inverse = struct.byte(11);
  const flags = flagsHold(struct.byte(9), struct.byte(10));
  const option = struct.byte(8) === 0 ? 'yes' : 'unknown';
  return all([
    inverted(mayBeWithin([struct.half(0), struct.half(2)]), (inverse & 1) !== 0),
    inverted(truthOf(within(packet.destinationPort, [struct.half(4), struct.half(6)])), (inverse & 2) !== 0),
    inverted(flags, (inverse & 4) !== 0),
    option,
  ]);
}

/**
 * The flags FIN, SYN, RST, PSH, ACK and URG, of which only SYN is set. Those of congestion control may be set as well.
 */
const SYN_FLAGS = 0x3f;
const SYN = 0x02;

export function flagsHold(mask: number, value: number): Truth {
  if (((SYN ^ value) & mask & SYN_FLAGS) !== 0) return 'no';
  return (mask & ~SYN_FLAGS) === 0 ? 'yes' : 'unknown';
}

/** Evaluates struct xt_udp. */
function udpHolds(struct: StructReader, packet: Packet): MatchTruth {
  if (!struct.has(9)) return 'undecoded';
  if (packet.protocol !== 'udp') return 'no';
  const inverse = struct.byte(8);
  return both(
    inverted(mayBeWithin([struct.half(0), struct.half(2)]), (inverse & 1) !== 0),
    inverted(truthOf(within(packet.destinationPort, [struct.half(4), struct.half(6)])), (inverse & 2) !== 0),
  );
}

const MULTIPORT_SOURCE = 0;

/**
 * Evaluates struct xt_multiport_v1: which ports are tested, their number, fifteen ports, which of them begin a span,
 * and whether the match is inverted.
 */
function multiportHolds(struct: StructReader, packet: Packet, revision: number): MatchTruth {
  if (revision !== 1 || !struct.has(48)) return 'undecoded';
  const count = Math.min(struct.byte(1), 15);
  let found = false;
  for (let index = 0; index < count; index += 1) {
    const first = struct.half(2 + 2 * index);
    const beginsSpan = struct.byte(32 + index) !== 0;
    if (beginsSpan) index += 1;
    if (within(packet.destinationPort, [first, beginsSpan ? struct.half(2 + 2 * index) : first])) found = true;
  }
  const flags = struct.byte(0);
  // 2 is XT_MULTIPORT_EITHER: the source port or the destination port.
  const truth = flags === MULTIPORT_SOURCE || (flags === 2 && !found) ? 'unknown' : truthOf(found);
  return inverted(truth, struct.byte(47) !== 0);
}

/**
 * Evaluates struct xt_iprange_mtinfo: the first and last source, the first and last destination, and the flags that
 * select and invert the two tests.
 */
function iprangeHolds(struct: StructReader, packet: Packet, revision: number): MatchTruth {
  if (revision !== 1 || !struct.has(65)) return 'undecoded';
  const length = packet.family === 'ipv4' ? 4 : 16;
  const flags = struct.byte(64);
  const holds = (candidates: readonly string[] | undefined, offset: number): Truth => {
    const [from, to] = [struct.hex(offset, length), struct.hex(offset + 16, length)];
    return forEach(candidates ?? [], (address) => truthOf(from <= address && address <= to));
  };
  return both(
    (flags & 1) === 0 ? 'yes' : inverted(holds(packet.source, 0), (flags & 0x10) !== 0),
    (flags & 2) === 0 ? 'yes' : inverted(holds(packet.destination, 32), (flags & 0x20) !== 0),
  );
}

/** The names of XT_ADDRTYPE_*, from the lowest bit. */
const ADDRESS_TYPES: readonly AddressType[] = [
  'unspec',
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'nat',
  'xresolve',
];

/**
 * Evaluates whether an address of this host is of one of the types. With `isLimited`, the type is looked up for the
 * interface that the packet came in on.
 */
export function destinationTypeHolds(
  types: readonly AddressType[],
  { family }: Packet,
  isLimited: boolean | undefined,
): Truth {
  if (family === 'ipv6' && types.includes('multicast')) return 'no';
  const isUnicast = family === 'ipv6' && types.every((type) => type === 'unicast');
  if (isUnicast) return 'yes';
  if (!types.includes('local')) return 'no';
  return isLimited === true ? 'unknown' : 'yes';
}

/**
 * Evaluates struct xt_addrtype_info_v1: the types of source and destination, and the flags that invert the tests or
 * limit them to an interface.
 */
function addrtypeExtensionHolds(struct: StructReader, packet: Packet, revision: number): MatchTruth {
  if (revision !== 1 || !struct.has(8)) return 'undecoded';
  const [source, destination, flags] = [struct.half(0), struct.half(2), struct.word(4)];
  const types = ADDRESS_TYPES.filter((_, index) => (destination & (1 << index)) !== 0);
  const isLimited = (flags & 0xc) !== 0;
  return both(
    source === 0 ? 'yes' : inverted(sourceTypeHolds(source, packet), (flags & 1) !== 0),
    destination === 0 ? 'yes' : inverted(destinationTypeHolds(types, packet, isLimited), (flags & 2) !== 0),
  );
}

/**
 * Evaluates the type of the source. A packet from outside has no address of this host as its source: the kernel drops
 * such a packet as a martian.
 */
function sourceTypeHolds(types: number, { isLocal }: Packet): Truth {
  const localBit = 4;
  if (isLocal) return truthOf((types & localBit) !== 0);
  return types === localBit ? 'no' : 'unknown';
}

/** Evaluates whether the address of the packet, which is one of the candidates, is in the network. */
export function addressHolds(candidates: readonly string[] | undefined, address: string, mask: string): Truth {
  const [wanted, bits] = [addressBytes(address), addressBytes(mask)];
  if (/^0*$/.test(bits)) return 'yes';
  return forEach(candidates ?? [], (candidate) => truthOf(isMasked(candidate, bits, wanted)));
}

function isMasked(address: string, mask: string, wanted: string): boolean {
  for (let at = 0; at < mask.length; at += 8) {
    const word = (hex: string) => Number.parseInt(hex.slice(at, at + 8), 16);
    if (((word(address) ^ word(wanted)) & word(mask)) !== 0) return false;
  }
  return true;
}
