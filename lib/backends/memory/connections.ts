import { familyOf, isLoopbackAddress } from '../../model/address';
import type { PortSpan, Protocol } from '../../model/table-rule';
import type { ConnectionFilter } from '../connections';

/** A running connection, or UDP flow, of a simulated kernel. */
export interface MemoryConnection {
  readonly protocol: Protocol;
  /** The port that the client asked for. */
  readonly port: number;
  /** The port that answers. Default: the port that the client asked for, as in a direct connection. */
  readonly targetPort?: number;
  /** The address that the client asked for. Default: `192.0.2.1`. */
  readonly destination?: string;
  /** The address that answers. Default: the one that the client asked for. */
  readonly targetAddress?: string;
  /** The origin of the connection. Default: `outside`. */
  readonly from?: 'outside' | 'host';
  /** True if a packet has come back on it. Default: true. */
  readonly answered?: boolean;
}

export function matches(filter: ConnectionFilter, connection: MemoryConnection): boolean {
  const { protocol, port, targetPort = port, destination = '192.0.2.1', targetAddress = destination } = connection;
  const translated = targetPort !== port || targetAddress !== destination;
  const asked = filter.ports === undefined || contains(filter.ports, port);
  if (protocol !== filter.protocol || translated !== filter.translated || !asked) return false;
  if (filter.exceptPorts !== undefined && contains(filter.exceptPorts, port)) return false;
  if (filter.family !== undefined && familyOf(destination) !== filter.family) return false;
  if (filter.from !== undefined && filter.from !== (connection.from ?? 'outside')) return false;
  if (filter.unanswered === true && connection.answered !== false) return false;
  if (filter.destination !== undefined && destination !== filter.destination && !isLoopbackAddress(destination))
    return false;
  if (!translated) return true;
  return targetPort === (filter.targetPort ?? targetPort) && targetAddress === (filter.targetAddress ?? destination);
}

function contains(spans: readonly PortSpan[], port: number): boolean {
  return spans.some(([first, last]) => port >= first && port <= last);
}
