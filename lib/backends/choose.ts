import type { FirewallError } from '../util/errors';

/** The use of a backend's part of netfilter in the namespace. */
export interface Usage {
  /** True if the owner has rules there. */
  readonly hasOwnRules: boolean;
  /** True if there is any rule, or a policy that does not accept. */
  readonly inUse: boolean;
}

/** A backend before one is chosen: its usage, or the error that makes it unusable. */
export type Candidate = { readonly usable: false; readonly error: FirewallError } | ({ readonly usable: true } & Usage);

export interface Choice {
  readonly backend: 'iptc' | 'nft';
  readonly reason: string;
}

export const OWN_RULES = 'this owner has its rules there';
export const OWN_RULES_IN_BOTH =
  'this owner has rules there, and in iptc as well; a packet passes both, and `clear --copies` removes those in iptc';

/**
 * Returns the backend for `auto`: the one that has the owner's rules, or else the one that the host already uses, or
 * else nft. Returns undefined if neither can be used, or if the owner's rules may be in nft and this process is not
 * permitted to read it.
 */
export function chooseBackend(nft: Candidate, iptc: Candidate): Choice | undefined {
  if (!nft.usable) return withoutNft(nft.error, iptc);
  if (nft.hasOwnRules) return { backend: 'nft', reason: OWN_RULES };
  if (!iptc.usable) return { backend: 'nft', reason: 'iptc cannot be used here' };
  if (iptc.hasOwnRules) return { backend: 'iptc', reason: OWN_RULES };
  if (nft.inUse) return { backend: 'nft', reason: 'nf_tables is in use here' };
  if (iptc.inUse) return { backend: 'iptc', reason: 'the legacy tables are in use here, and nf_tables is not' };
  return { backend: 'nft', reason: 'neither is in use here, and nft is the better one' };
}

function withoutNft(error: FirewallError, iptc: Candidate): Choice | undefined {
  if (!iptc.usable) return undefined;
  if (iptc.hasOwnRules) return { backend: 'iptc', reason: OWN_RULES };
  if (error.code === 'ERR_PERMISSION') return undefined;
  return { backend: 'iptc', reason: 'nft cannot be used here' };
}
