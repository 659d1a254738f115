import { changedBits, type Packet, UNKNOWN_BITS } from './packet';
import type { Effect } from './packet-filter';
import { StructReader } from './xt-bytes';
import type { Extension } from './xt-matches';

/** The outcome of a target: it ends the packet's way through the chain, changes the packet, or does neither. */
export interface TargetOutcome {
  readonly effect?: Effect;
  readonly packet: Packet;
  /** Set if the packet is exempted from connection tracking. */
  readonly untracks?: true;
  /** Set if both directions of the connection are put into a zone. */
  readonly zones?: true;
}

/** Evaluates a target that is given by its kernel bytes. */
export function extensionOutcome({ name, revision, data }: Extension, packet: Packet): TargetOutcome {
  const struct = new StructReader(data);
  if (GO_ON.has(name)) return { packet };
  switch (name) {
    case 'REDIRECT':
    case 'DNAT':
      return { packet, effect: translation(struct, packet, name === 'DNAT' && revision === 0) };
    case 'NETMAP':
      return { packet, effect: { effect: 'translate', address: 'unknown' } };
    case 'SNAT':
    case 'MASQUERADE':
    case 'SAME':
      return { packet, effect: { effect: 'accept' } };
    case 'REJECT':
      return { packet, effect: { effect: 'reject' } };
    case 'NFQUEUE':
    case 'QUEUE':
      return { packet, effect: { effect: 'queue' } };
    case 'TPROXY':
      return { packet, effect: proxy(struct, revision) };
    case 'NOTRACK':
      return { packet, untracks: true };
    case 'CT':
      return { packet, ...tracking(struct) };
    case 'MARK':
      return { packet: marked(struct, packet, revision) };
    case 'HMARK':
      return { packet: { ...packet, mark: UNKNOWN_BITS } };
    case 'CONNMARK':
      return { packet: connectionMarked(struct, packet, revision) };
    default:
      return { packet, effect: { effect: 'unknown', what: `the target ${name}` } };
  }
}

/** The targets that let the packet continue with the next rule, and change nothing that is tested here. */
const GO_ON = new Set([
  'AUDIT',
  'CHECKSUM',
  'CLASSIFY',
  'CONNSECMARK',
  'DSCP',
  'ECN',
  'HL',
  'IDLETIMER',
  'LED',
  'LOG',
  'NFLOG',
  'RATEEST',
  'SECMARK',
  'SET',
  'TCPMSS',
  'TCPOPTSTRIP',
  'TEE',
  'TOS',
  'TRACE',
  'TTL',
  'ULOG',
]);

/** The flags XT_CT_* of linux/netfilter/xt_CT.h. */
const CT_NOTRACK = 1;
const CT_ZONE_OF_ORIGINALS = 4;
const CT_ZONE_OF_MARK = 16;

/** Evaluates struct xt_ct_target_info: flags and a zone. */
function tracking(struct: StructReader): { untracks?: true; zones?: true } {
  if (!struct.has(4)) return {};
  const [flags, zone] = [struct.half(0), struct.half(2)];
  if ((flags & CT_NOTRACK) !== 0) return { untracks: true };
  if ((flags & CT_ZONE_OF_ORIGINALS) !== 0) return {};
  return zone !== 0 || (flags & CT_ZONE_OF_MARK) !== 0 ? { zones: true } : {};
}

/** The flags NF_NAT_RANGE_* of linux/netfilter/nf_nat.h. */
const RANGE_ADDRESSES = 1;
const RANGE_PORTS = 2;

/**
 * Evaluates struct nf_nat_range or nf_nat_range2, which begin alike. REDIRECT for IPv4 and the first revision of DNAT
 * have struct nf_nat_ipv4_multi_range_compat instead.
 */
function translation(struct: StructReader, { family }: Packet, isFirst: boolean): Effect {
  const isCompact = family === 'ipv4' && (isFirst || !struct.has(COMMON_RANGE));
  const at = isCompact
    ? { flags: 4, first: 8, last: 12, ports: 16, size: 20 }
    : { flags: 0, first: 4, last: 20, ports: 36, size: 40 };
  if (!struct.has(at.size)) return { effect: 'translate', address: 'unknown', port: 'unknown' };
  const flags = struct.word(at.flags);
  const length = family === 'ipv4' ? 4 : 16;
  const [first, last] = [struct.hex(at.first, length), struct.hex(at.last, length)];
  const [port, lastPort] = [struct.port(at.ports), struct.port(at.ports + 2)];
  return {
    effect: 'translate',
    ...((flags & RANGE_ADDRESSES) !== 0 && { address: first === last ? first : 'unknown' }),
    ...((flags & RANGE_PORTS) !== 0 && { port: port === lastPort ? port : 'unknown' }),
  };
}

const COMMON_RANGE = 40;

/** Evaluates struct xt_tproxy_target_info, or _v1, which has a longer address. */
function proxy(struct: StructReader, revision: number): Effect {
  const at = revision === 0 ? 12 : 24;
  return struct.has(at + 2) ? { effect: 'proxy', port: struct.port(at) } : { effect: 'proxy' };
}

/** Applies struct xt_mark_tginfo2. */
function marked(struct: StructReader, packet: Packet, revision: number): Packet {
  if (revision !== 2 || !struct.has(8)) return { ...packet, mark: UNKNOWN_BITS };
  return { ...packet, mark: changedBits(packet.mark, struct.word(0), struct.word(4)) };
}

const SET = 0;
const SAVE = 1;
const RESTORE = 2;

/** Applies struct xt_connmark_tginfo1: the mark of the connection and its mask, the packet's mask, and the mode. */
function connectionMarked(struct: StructReader, packet: Packet, revision: number): Packet {
  if (revision !== 1 || !struct.has(13)) return { ...packet, mark: UNKNOWN_BITS, connectionMark: UNKNOWN_BITS };
  const [value, mask, packetMask, mode] = [struct.word(0), struct.word(4), struct.word(8), struct.byte(12)];
  const copied = (into: Packet['mark'], from: Packet['mark'], intoMask: number, fromMask: number) => {
    const cleared = changedBits(into, 0, intoMask);
    const known = (cleared.known & (from.known | ~fromMask)) >>> 0;
    return { value: ((cleared.value ^ (from.value & fromMask)) & known) >>> 0, known };
  };
  const { mark, connectionMark } = packet;
  if (mode === SET) return { ...packet, connectionMark: changedBits(connectionMark, value, mask) };
  if (mode === SAVE) return { ...packet, connectionMark: copied(connectionMark, mark, mask, packetMask) };
  if (mode === RESTORE) return { ...packet, mark: copied(mark, connectionMark, packetMask, mask) };
  return { ...packet, mark: UNKNOWN_BITS, connectionMark: UNKNOWN_BITS };
}
