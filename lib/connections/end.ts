import type { ConnectionFilter, Connections } from '../backends/connections';
import { FirewallError } from '../errors';

/** What a committed change did to the connections that it was to end. */
export interface Ended {
  /** TCP connections reset and UDP flows forgotten. */
  readonly connections: number;
  /** Why some of them were not; the rules hold all the same. */
  readonly error?: FirewallError;
}

/** Ends connections after a commit, which stands whatever becomes of this; never rejects. */
export async function endConnections(table: Connections, filters: readonly ConnectionFilter[]): Promise<Ended> {
  let connections = 0;
  let failure: FirewallError | undefined;
  for (const filter of filters) {
    try {
      connections += await table.cut(filter);
    } catch (cause) {
      failure ??=
        cause instanceof FirewallError
          ? cause
          : new FirewallError('ERR_INTERNAL', `ending connections: ${cause}`, { cause });
    }
  }
  return { connections, ...(failure !== undefined && { error: failure }) };
}
