import { addressBytes } from '../plan/nft-bytes';
import type { AddressType, PortSpan } from '../tables/table-rule';
import type { Bits, Packet } from './packet';
import { all, both, forEach, inverted, type MatchTruth, type Truth, truthOf, within } from './truth';
import { StructReader } from './xt-bytes';
import { conntrackHolds, stateHolds } from './xt-conntrack';

/** A match or target of the kernel's, by its own bytes. */
export interface Extension {
  readonly name: string;
  readonly revision: number;
  readonly data: Uint8Array;
}

type Decoder = (struct: StructReader, packet: Packet, revision: number) => MatchTruth;

/** Whether a match holds that is known by its kernel bytes alone. */
export function extensionHolds({ name, revision, data }: Extension, packet: Packet): MatchTruth {
  if (DEPENDS_ON_MORE.has(name)) return 'unknown';
  return DECODERS[name]?.(new StructReader(data), packet, revision) ?? 'undecoded';
}

/** Matches of what the opening of a connection alone does not tell: its source, its rate, the time, lists that change. */
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

/** Whether the bits have this value under the mask. */
export function bitsHold({ value: bits, known }: Bits, value: number, mask: number): Truth {
  if (((bits ^ value) & mask & known) !== 0 || (value & ~mask) !== 0) return 'no';
  return (mask & ~known) === 0 ? 'yes' : 'unknown';
}

/** struct xt_mark_mtinfo1, and xt_connmark_mtinfo1, which is alike. */
function markHolds(struct: StructReader, bits: Bits): MatchTruth {
  if (!struct.has(9)) return 'undecoded';
  return inverted(bitsHold(bits, struct.word(0), struct.word(4)), struct.byte(8) !== 0);
}

const RPFILTER_INVERT = 8;

/** struct xt_rpfilter_info. A client that gets answers has a reverse path: what else comes is spoofed. */
function reversePathHolds(struct: StructReader): MatchTruth {
  return struct.has(1) ? truthOf((struct.byte(0) & RPFILTER_INVERT) === 0) : 'undecoded';
}

/** A port that is not known: every one is in the whole span, and none in a span without any. */
function mayBeWithin([first, last]: PortSpan): Truth {
  return first === 0 && last === 0xffff ? 'yes' : 'unknown';
}

/** struct xt_tcp: two spans of ports, an option, flags with their mask, what is inverted. */
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

/** SYN alone of FIN, SYN, RST, PSH, ACK, URG; those of congestion control may be set beside it. */
const SYN_FLAGS = 0x3f;
const SYN = 0x02;

export function flagsHold(mask: number, value: number): Truth {
  if (((SYN ^ value) & mask & SYN_FLAGS) !== 0) return 'no';
  return (mask & ~SYN_FLAGS) === 0 ? 'yes' : 'unknown';
}

/** struct xt_udp. */
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

/** struct xt_multiport_v1: which ports, how many, fifteen of them, which of them begin a span, whether inverted. */
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
  // 2: the source or the destination.
  const truth = flags === MULTIPORT_SOURCE || (flags === 2 && !found) ? 'unknown' : truthOf(found);
  return inverted(truth, struct.byte(47) !== 0);
}

/** struct xt_iprange_mtinfo: from and to of sources and of destinations, what is tested, what of it is inverted. */
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

/** Whether an address of this host is of one of the types; `isLimited`: of the interface that the packet came in on. */
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

/** struct xt_addrtype_info_v1: types of sources and of destinations, and what is inverted or limited to an interface. */
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

/** A packet from outside has no address of this host as its source: the kernel drops it as a martian. */
function sourceTypeHolds(types: number, { isLocal }: Packet): Truth {
  const localBit = 4;
  if (isLocal) return truthOf((types & localBit) !== 0);
  return types === localBit ? 'no' : 'unknown';
}

/** Whether one of the addresses is in the network. */
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
