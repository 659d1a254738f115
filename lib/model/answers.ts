import type { MarkDropRule } from './mark-drop';

/** A closed port, or with `ranges` a range of closed ports. */
type Closing = Pick<MarkDropRule, 'protocol' | 'direct' | 'established'> & { readonly ranges: boolean };

/**
 * The packets of no connection that must not leave from a closed port: SYN-ACKs alone (`syn-ack`), or all packets but
 * SYNs and resets (`ack`).
 */
export type Answers = 'syn-ack' | 'ack';

/**
 * Returns the packets that must not leave from a closed port because they belong to no connection, or undefined if
 * there are none. Such a packet would leave from the closed port instead of the public one, would show an observer
 * which port the server is on, and would open a connection in which the packets that come back are replies.
 *
 * A SYN-ACK never opens a TCP connection. Any other packet that opens no connection may belong to a connection that is
 * older than the closing, which `established` keeps or not. Resets must leave: those that reject, and those that inform
 * clients that their direct connection was ended. A range contains ports that clients of the host send from, so only
 * SYN-ACKs, which only servers send, are held back. A UDP server may send first, and a dropped packet would be reported
 * to the sender as an error (EPERM), so for UDP the packets that come back must be denied instead: see
 * `isClosedToReplies`.
 */
export function answersOf({ protocol, established, ranges }: Closing): Answers | undefined {
  if (protocol === 'udp') return undefined;
  return ranges || established === 'keep' ? 'syn-ack' : 'ack';
}

/**
 * Returns true if packets that come back on `lo` to what the closed port has sent must be denied. There, a UDP server
 * on a wildcard address answers some local clients from another address than they sent to. Its answer opens a
 * connection, in which what the client sends to the closed port is a reply. From outside, the answer belongs to the
 * redirected connection (see `placement`), and a server may send first. A range contains ports that clients of the host
 * send from, and get their answers at.
 */
export function isClosedToReplies({ protocol, direct, ranges }: Closing): boolean {
  return protocol === 'udp' && direct === 'closed' && !ranges;
}
