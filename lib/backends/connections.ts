import type { Family, PortSpan, Protocol } from '../tables/table-rule';
import { sessionError } from './native-error';

/** Which connections to addresses of this host. Absent: any. */
export interface ConnectionFilter {
  readonly protocol: Protocol;
  readonly family?: Family;
  /** True: they came in on another port than the one that answers. False: they named that port themselves. */
  readonly translated: boolean;
  /** The port the client asked for is in one of these, and in none of `exceptPorts`. */
  readonly ports?: readonly PortSpan[];
  readonly exceptPorts?: readonly PortSpan[];
  /** The port that answers; of translated ones only. */
  readonly targetPort?: number;
  /** The address the client asked for is this one or a loopback address. */
  readonly destination?: string;
  /** The address that answers. Absent: the one the client asked for. Of translated ones only. */
  readonly targetAddress?: string;
  /** Opened by another host, or by a process of this one. */
  readonly from?: 'outside' | 'host';
  /** True: those alone on which no packet has come back; an ICMP error is none. */
  readonly unanswered?: boolean;
}

/** What became of the connections that were to end. */
export interface Cut {
  readonly ended: number;
  /** MPTCP connections that have lost every subflow, while both sides keep a socket that waits. */
  readonly waiting: number;
  /** Why the first of those was not ended. */
  readonly errnoName?: string;
}

/** What the sessions of every addon can do with the connections of their namespace, on their own thread. */
export interface ConnectionSession {
  /**
   * Answers a function that counts, whenever it is called, the connections that match any of the filters, which are for
   * one protocol; TCP connections in TIME_WAIT or CLOSE do not count. It takes it that they only become fewer: as long as
   * some of those that it counted are left, it looks for no others.
   */
  watchConnections(filters: readonly ConnectionFilter[]): () => Promise<number>;
  /**
   * Ends those that match any of the filters, which are for one protocol. TCP: the socket, with a reset to the other
   * side, and the kernel's entry; also sockets that are older than connection tracking, as direct ones. MPTCP: the
   * connection as a whole, where all of its subflows match. UDP: the entries, in one pass through the kernel's table.
   */
  cutConnections(filters: readonly ConnectionFilter[]): Promise<Cut>;
}

/** The connections of a backend's namespace. Calls may overlap with others. */
export interface Connections {
  /** What `watchConnections` answers, which rejects with FirewallError ERR_PERMISSION, ERR_UNSUPPORTED, ERR_CLOSED. */
  watch(filters: readonly ConnectionFilter[]): () => Promise<number>;
  /** @throws FirewallError, the same */
  cut(filters: readonly ConnectionFilter[]): Promise<Cut>;
}

export function connectionsOf(session: ConnectionSession): Connections {
  return {
    watch: (filters) => {
      const count = session.watchConnections(filters);
      return () => sessionError('counting connections', count);
    },
    cut: (filters) => sessionError('ending connections', () => session.cutConnections(filters)),
  };
}
