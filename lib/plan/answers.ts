import type { MarkDropRule } from '../rules/mark-drop';

/** A closed port, or with `ranges` a range of them. */
type Closing = Pick<MarkDropRule, 'protocol' | 'direct' | 'established'> & { readonly ranges: boolean };

/** Which packets that belong to no connection must not leave from a closed port; `ack`: all but SYNs and resets. */
export type Answers = 'syn-ack' | 'ack';

/**
 * Undefined where there are none. They would leave from the closed port and not from the public one, tell who sees them
 * where the server is, and be the beginning of a connection in which what comes back is a reply.
 *
 * A SYN-ACK of TCP never begins anything. What else opens no connection may go on with one that is older than the closing,
 * which `established` keeps or not. Resets must leave: those that reject, and those that tell clients that their direct
 * connection was ended. A range has ports among it that clients of the host
 * send from: SYN-ACKs alone come from servers. A UDP server may speak first, and its sender would be told of what is
 * dropped (EPERM), so that it is what comes back that must be denied: see below.
 */
export function answersOf({ protocol, established, ranges }: Closing): Answers | undefined {
  if (protocol === 'udp') return undefined;
  return ranges || established === 'keep' ? 'syn-ack' : 'ack';
}

/**
 * Whether nobody on `lo` may reply to what comes from the closed port. A UDP server on a wildcard address answers there from
 * another address than some local clients sent to: its answer is the beginning of a connection, in which what these send to
 * the closed port is a reply. From outside, the answer is that of a redirect (see `placement`), and a server may speak
 * first. A range has ports among it that clients of the host send from, and get their answers at.
 */
export function isClosedToReplies({ protocol, direct, ranges }: Closing): boolean {
  return protocol === 'udp' && direct === 'closed' && !ranges;
}
