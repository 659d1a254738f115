import type { PublishedStatus } from '../api/status';
import type { BackendName } from '../backends/backend';
import type { Copy } from '../copies/copy';
import type { ForeignFinding } from '../foreign/finding';
import type { Surroundings } from '../foreign/surroundings';
import type { FirewallError } from '../util/errors';

/**
 * The facts that the findings are derived from. A part that could not be read is an error, or is listed in `unseen`.
 */
export interface Facts {
  readonly kernel: string;
  readonly backends: Readonly<Record<'iptc' | 'nft', FirewallError | undefined>>;
  /** The backend that was chosen, if any was usable. */
  readonly chosen: { readonly backend: BackendName; readonly reason: string } | undefined;
  readonly owner: string;
  readonly published: readonly PublishedStatus[];
  /** The owner's rules outside the tables of its backend. */
  readonly copies: readonly Copy[];
  readonly surroundings: Surroundings;
  /** The effects of rules, servers and interfaces of others on what is published. */
  readonly foreign: readonly ForeignFinding[];
  /** Messages about what could not be examined, with the reasons. */
  readonly unseen: readonly string[];
}
