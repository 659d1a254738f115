import type { Packet } from './packet';
import { all, forEach, inverted, type MatchTruth, type Truth, truthOf, within } from './truth';
import type { StructReader } from './xt-bytes';

/** The bits XT_STATE_* and XT_CONNTRACK_STATE_* of linux/netfilter. */
const STATE_NEW = 8;
const STATE_UNTRACKED = 64;
const CONNTRACK_SNAT = 64;
const CONNTRACK_DNAT = 128;
const CONNTRACK_UNTRACKED = 256;

/** Evaluates the mask of `-m state`. */
export function stateHolds(mask: number, { states }: Packet): Truth {
  return forEach(states, (state) => truthOf((mask & (state === 'new' ? STATE_NEW : STATE_UNTRACKED)) !== 0));
}

/** The bits XT_CONNTRACK_* of linux/netfilter/xt_conntrack.h. */
const TESTS = {
  state: 0x1,
  protocol: 0x2,
  originalSource: 0x4,
  originalDestination: 0x8,
  replySource: 0x10,
  replyDestination: 0x20,
  status: 0x40,
  expires: 0x80,
  originalSourcePort: 0x100,
  originalDestinationPort: 0x200,
  replySourcePort: 0x400,
  replyDestinationPort: 0x800,
  direction: 0x1000,
} as const;

/**
 * Evaluates struct xt_conntrack_mtinfo3, or mtinfo2, which has single ports, in network byte order, instead of spans.
 */
export function conntrackHolds(struct: StructReader, packet: Packet, revision: number): MatchTruth {
  if ((revision !== 2 && revision !== 3) || !struct.has(154)) return 'undecoded';
  const flags = struct.half(146);
  const inverse = struct.half(148);
  const tested = (test: number, truth: () => Truth): Truth =>
    (flags & test) === 0 ? 'yes' : inverted(truth(), (inverse & test) !== 0);
  const state = tested(TESTS.state, () => trackingHolds(struct.half(150), packet));
  if (!packet.states.includes('new')) return (flags & TESTS.state) === 0 ? 'no' : state;
  const original = () => {
    const first = revision === 3 ? struct.half(140) : struct.port(140);
    const last = revision === 3 && struct.has(158) ? struct.half(156) : first;
    return truthOf(within(packet.originalPort, [first, Math.max(first, last)]));
  };
  const truth = all([
    state,
    tested(TESTS.protocol, () => truthOf(struct.half(136) === (packet.protocol === 'tcp' ? 6 : 17))),
    tested(TESTS.originalDestinationPort, original),
    // The first packet of a connection has the original direction. A match for replies has the inverse flag set.
    tested(TESTS.direction, () => 'yes'),
    tested(TESTS.status, () => statusHolds(struct.half(152), packet)),
    (flags & ~KNOWN_TESTS) === 0 ? 'yes' : 'unknown',
  ]);
  return packet.states.length > 1 && truth !== 'no' && flags !== TESTS.state ? 'unknown' : truth;
}

const KNOWN_TESTS = TESTS.state | TESTS.protocol | TESTS.originalDestinationPort | TESTS.direction | TESTS.status;

function trackingHolds(mask: number, packet: Packet): Truth {
  return forEach(packet.states, (state) => {
    if (state === 'untracked') return truthOf((mask & CONNTRACK_UNTRACKED) !== 0);
    if ((mask & STATE_NEW) !== 0 || (packet.isTranslated && (mask & CONNTRACK_DNAT) !== 0)) return 'yes';
    return (mask & CONNTRACK_SNAT) !== 0 ? 'unknown' : 'no';
  });
}

/** The bits IPS_* of linux/netfilter/nf_conntrack_common.h that are known for the first packet of a connection. */
const STATUS_EXPECTED = 0x1;
const STATUS_DNAT = 0x20;
const STATUS_NOT_YET = STATUS_EXPECTED | 0x2 | 0x4;

function statusHolds(mask: number, { isTranslated }: Packet): Truth {
  if (isTranslated && (mask & STATUS_DNAT) !== 0) return 'yes';
  return (mask & ~(STATUS_DNAT | STATUS_NOT_YET)) === 0 ? 'no' : 'unknown';
}
