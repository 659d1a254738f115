import type { Family, PortSpan, Protocol } from '../model/table-rule';
import { sessionError } from './session-errors';

/** A selection of the connections to addresses of this host. An absent field selects any. */
export interface ConnectionFilter {
  readonly protocol: Protocol;
  readonly family?: Family;
  /**
   * True for connections that came in on another port than the one that answers, false for those that named that port.
   */
  readonly translated: boolean;
  /** The port that the client asked for is in one of these spans, and in none of `exceptPorts`. */
  readonly ports?: readonly PortSpan[];
  readonly exceptPorts?: readonly PortSpan[];
  /** The port that answers. For translated connections only. */
  readonly targetPort?: number;
  /** The address that the client asked for is this one or a loopback address. */
  readonly destination?: string;
  /** The address that answers. Absent: the one that the client asked for. For translated connections only. */
  readonly targetAddress?: string;
  /** The connection was opened by another host (`outside`), or by a process of this one (`host`). */
  readonly from?: 'outside' | 'host';
  /** True: only connections on which no packet has come back. An ICMP error does not count as a packet. */
  readonly unanswered?: boolean;
}

/** The result of ending connections. */
export interface Cut {
  readonly ended: number;
  /** The number of MPTCP connections that have lost every subflow, while both sides keep a waiting socket. */
  readonly waiting: number;
  /** The name of the errno for which the first of those was not ended. */
  readonly errnoName?: string;
}

/**
 * The operations of every addon's session on the connections of its namespace. They run on the session's own thread.
 */
export interface ConnectionSession {
  /**
   * Returns a function that counts, whenever it is called, the connections that match any of the filters, which are for
   * one protocol. TCP connections in TIME_WAIT or CLOSE do not count. The function assumes that connections only become
   * fewer: as long as some of those that it counted are left, it does not search for others.
   */
  watchConnections(filters: readonly ConnectionFilter[]): () => Promise<number>;
  /**
   * Ends the connections that match any of the filters, which are for one protocol. TCP: destroys the socket, with a
   * reset to the other side, and deletes the entry of connection tracking; sockets that are older than connection
   * tracking are ended as direct connections. MPTCP: ends the connection as a whole if all of its subflows match. UDP:
   * deletes the entries of connection tracking, in one pass through the kernel's table.
   */
  cutConnections(filters: readonly ConnectionFilter[]): Promise<Cut>;
}

/** The connections of a backend's namespace. Calls may overlap with others. */
export interface Connections {
  /**
   * Returns the function of `watchConnections`, which rejects with FirewallError ERR_PERMISSION, ERR_UNSUPPORTED or
   * ERR_CLOSED.
   */
  watch(filters: readonly ConnectionFilter[]): () => Promise<number>;
  /**
   * Ends connections as `cutConnections` does.
   * @throws FirewallError ERR_PERMISSION, ERR_UNSUPPORTED, ERR_CLOSED
   */
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
