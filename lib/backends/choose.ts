import type { FirewallError } from '../errors';

/** What is known of a backend before one is chosen. */
export type Candidate =
  | { readonly usable: false; readonly error: FirewallError }
  /** `hasOwnRules`: the owner's. `inUse`: anybody uses it in the namespace. */
  | { readonly usable: true; readonly hasOwnRules: boolean; readonly inUse: boolean };

export interface Choice {
  readonly backend: 'iptc' | 'nft';
  readonly reason: string;
}

/**
 * The backend for `auto`: where the owner's rules are, or else what the host uses already, or else nft. Undefined where
 * neither can be used.
 */
export function chooseBackend(nft: Candidate, iptc: Candidate): Choice | undefined {
  if (!nft.usable && !iptc.usable) return undefined;
  if (!nft.usable) return { backend: 'iptc', reason: 'nft cannot be used here' };
  if (!iptc.usable) return { backend: 'nft', reason: 'iptc cannot be used here' };
  if (nft.hasOwnRules) return { backend: 'nft', reason: 'this owner has its rules there' };
  if (iptc.hasOwnRules) return { backend: 'iptc', reason: 'this owner has its rules there' };
  if (nft.inUse) return { backend: 'nft', reason: 'nf_tables is in use here' };
  if (iptc.inUse) return { backend: 'iptc', reason: 'the legacy tables are in use here, and nf_tables is not' };
  return { backend: 'nft', reason: 'neither is in use here, and nft is the better one' };
}
