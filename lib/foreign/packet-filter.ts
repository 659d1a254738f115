import type { Family } from '../tables/table-rule';
import type { Packet } from './packet';
import type { Truth } from './truth';

export type Hook = 'prerouting' | 'input' | 'output' | 'postrouting';

export type FilterBackend = 'iptc' | 'nft';

/** A rule or a policy, by where it is. */
export interface RuleReference {
  readonly backend: FilterBackend;
  /** `ipv4` and `ipv6` in the legacy tables; in nf_tables the family of the table. */
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  /** Its place in its chain from 1, in the legacy tables. */
  readonly number?: number;
  /** In nf_tables. */
  readonly handle?: number;
  /** What it says, or as much of it as is decoded. */
  readonly text?: string;
  /** The owner whose portshift has put it there. */
  readonly owner?: string;
}

/** What a rule does with a packet that it matches, where that ends its way through a chain. */
export type Effect =
  | { readonly effect: 'accept' | 'drop' | 'reject' | 'return' }
  | { readonly effect: 'jump' | 'goto'; readonly chain: string }
  /** Another destination: undefined is the one it has, and `unknown` one that cannot be told. Addresses are hexadecimal. */
  | {
      readonly effect: 'translate';
      readonly address?: string | 'unknown';
      readonly port?: number | 'unknown';
    }
  /** To the socket of a transparent proxy (TPROXY), whatever the destination is. */
  | { readonly effect: 'proxy'; readonly port?: number }
  /** A program in user space decides. */
  | { readonly effect: 'queue' }
  /** It cannot be told. */
  | { readonly effect: 'unknown'; readonly what: string };

/** What a rule comes to for a packet. */
export interface Judgement {
  readonly matches: Truth;
  /** What it may do; at most one where `matches` is `yes`, and none where the packet just goes on. */
  readonly effects: readonly Effect[];
  /** The packet behind the rule, or on its way through what the rule leads to. */
  readonly packet: Packet;
  /** What could not be evaluated because portshift does not know it. */
  readonly undecoded: readonly string[];
}

export interface FilterRule {
  readonly reference: RuleReference;
  judge(packet: Packet): Judgement;
}

/** The rules of a chain. */
export type FilterChain = readonly FilterRule[];

/** A chain that packets come to from a hook. */
export interface BaseChain {
  readonly backend: FilterBackend;
  readonly families: readonly Family[];
  readonly hook: Hook;
  readonly type: 'filter' | 'nat';
  readonly priority: number;
  /** Names the chain, among those of its source. */
  readonly key: string;
  /** The policy is its last rule, as it were. */
  readonly policy: 'accept' | 'drop';
  readonly reference: RuleReference;
  /** The place in the order in which the chains of this backend were made. */
  readonly age: number;
  rules(): FilterChain;
}

/** All that decides about packets in one namespace, in one backend or in several. */
export interface PacketFilter {
  readonly bases: readonly BaseChain[];
  /** Every chain, base or not. */
  chains(): Iterable<FilterChain>;
  /** The chain that a jump of this backend leads to; undefined where there is none. */
  chain(backend: FilterBackend, key: string): FilterChain | undefined;
}

/** Names a chain among all of its backend's. */
export function keyOf(family: string, table: string, chain: string): string {
  return `${family} ${table} ${chain}`;
}

/** Filters beside one another. */
export function joined(filters: readonly PacketFilter[]): PacketFilter {
  return {
    bases: filters.flatMap(({ bases }) => bases),
    *chains() {
      for (const filter of filters) yield* filter.chains();
    },
    chain(backend, key) {
      for (const filter of filters) {
        const chain = filter.chain(backend, key);
        if (chain !== undefined) return chain;
      }
      return undefined;
    },
  };
}
