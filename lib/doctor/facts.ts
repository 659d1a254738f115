import type { BackendName } from '../backends/backend';
import type { Surroundings } from '../backends/surroundings';
import type { Copy } from '../copies/copy';
import type { FirewallError } from '../errors';
import type { ForeignFinding } from '../foreign/finding';
import type { PublishedStatus } from '../status';

/** Everything that the findings rest on; a part that could not be had says why. */
export interface Facts {
  readonly kernel: string;
  readonly backends: Readonly<Record<'iptc' | 'nft', FirewallError | undefined>>;
  /** The backend that was chosen, if any was usable. */
  readonly chosen: { readonly backend: BackendName; readonly reason: string } | undefined;
  readonly owner: string;
  readonly published: readonly PublishedStatus[];
  /** Rules of this owner in other places than its backend's. */
  readonly copies: readonly Copy[];
  readonly surroundings: Surroundings;
  /** What the rules, servers and interfaces of others mean for what is published. */
  readonly foreign: readonly ForeignFinding[];
  /** What could not be looked at, and why, in words. */
  readonly unseen: readonly string[];
}
