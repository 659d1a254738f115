import type { Warning } from '../../../lib';

/**
 * The rules that programs leave on hosts, reduced to what meets a published port, in our own words. `legacy` and `compat`
 * are iptables-legacy and iptables-nft for both families; `nft_load` reads a ruleset.
 */
export interface KnownHost {
  name: string;
  script: string;
  /** From where the public port works. */
  works: readonly ('outside' | 'server')[];
  /** Codes of all warnings of the published port, where they are not the same on each backend for each; default: none. */
  said?: Codes | Partial<Record<'iptc' | 'nft', Codes>>;
  /** ms in which a client gets an answer, where the rules delay it. */
  patience?: number;
  /** Public reports of such a host, which docs/hosts.md cites. */
  reports?: readonly Report[];
}

type Codes = readonly Warning['code'][];

/** A GitHub issue or pull request, as `owner/repository#number`. */
export type Report = `${string}/${string}#${number}`;

/** For `sh`, before every script. */
export const FUNCTIONS = `
legacy() { iptables-legacy -w "$@"; ip6tables-legacy -w "$@"; }
compat() { iptables-nft -w "$@"; ip6tables-nft -w "$@"; }
nft_load() { nft -f -; }
`;

export const EVERYWHERE = ['outside', 'server'] as const;
export const LOCALLY = ['server'] as const;
