import type { ConnectionFilter, Connections, Cut } from '../backends/connections';
import { FirewallError } from '../util/errors';

/** The outcome of a committed change for the connections that it was to end. */
export interface Ended {
  /**
   * The number of TCP connections reset and UDP flows forgotten. Clients that were never answered, and whose next
   * packet reaches a port published by the change, do not count, as they had no connection.
   */
  readonly connections: number;
  /**
   * The reason why some connections were not ended, or some clients were not redirected. The rules are installed
   * nevertheless.
   */
  readonly error?: FirewallError;
}

/** Ends connections after a commit, which stands whatever the result is. Never rejects. */
export async function endConnections(table: Connections, filters: readonly ConnectionFilter[]): Promise<Ended> {
  let connections = 0;
  let failure: FirewallError | undefined;
  for (const protocol of ['tcp', 'udp'] as const) {
    const concerned = filters.filter((filter) => filter.protocol === protocol);
    if (concerned.length === 0) continue;
    try {
      const cut = await table.cut(concerned);
      connections += cut.ended;
      if (cut.waiting > 0) failure ??= stillWaiting(cut);
    } catch (cause) {
      failure ??= asFailure('ending connections', cause);
    }
  }
  return { connections, ...(failure !== undefined && { error: failure }) };
}

/**
 * Forgets flows that were never answered, after a commit, so that connection tracking starts them anew. Never rejects.
 */
export async function forgetUnanswered(
  table: Connections,
  filters: readonly ConnectionFilter[],
): Promise<FirewallError | undefined> {
  try {
    await table.cut(filters);
    return undefined;
  } catch (cause) {
    return asFailure('taking along the clients that were there before', cause);
  }
}

function asFailure(doing: string, cause: unknown): FirewallError {
  return cause instanceof FirewallError ? cause : new FirewallError('ERR_INTERNAL', `${doing}: ${cause}`, { cause });
}

const DENIED = ['EPERM', 'EACCES', 'ESRCH'];

function stillWaiting({ waiting, errnoName = 'unknown error' }: Cut): FirewallError {
  const connections = waiting === 1 ? '1 MPTCP connection is' : `${waiting} MPTCP connections are`;
  return new FirewallError(
    DENIED.includes(errnoName) ? 'ERR_PERMISSION' : 'ERR_UNSUPPORTED',
    `ending connections: ${connections} cut off but not ended, because the socket could not be reached in its process (${errnoName}); ` +
      'both sides wait until net.mptcp.close_timeout is over: run portshift with CAP_SYS_PTRACE and where it sees the pids of the server, on Linux 5.9 or later',
    { errno: errnoName },
  );
}
