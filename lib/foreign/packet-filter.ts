import type { Family } from '../model/table-rule';
import type { Packet } from './packet';
import type { Truth } from './truth';

export type Hook = 'prerouting' | 'input' | 'output' | 'postrouting';

export type FilterBackend = 'iptc' | 'nft';

/** A reference to a rule, or to the policy of a chain. */
export interface RuleReference {
  readonly backend: FilterBackend;
  /** The family: `ipv4` or `ipv6` in the legacy tables, the family of the table in nf_tables. */
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  /** The position of the rule in its chain, from 1. In the legacy tables only. */
  readonly number?: number;
  /** The handle of the rule. In nf_tables only. */
  readonly handle?: number;
  /** The text of the rule, as far as it is decoded. */
  readonly text?: string;
  /** The owner whose portshift installed the rule. Absent for foreign rules. */
  readonly owner?: string;
}

/** An effect of a rule on a packet that it matches, other than to let it continue with the next rule. */
export type Effect =
  | { readonly effect: 'accept' | 'drop' | 'reject' | 'return' }
  | { readonly effect: 'jump' | 'goto'; readonly chain: string }
  /**
   * The destination is translated. A part that is undefined stays as it is, and `unknown` is a part whose new value is
   * not known. Addresses are hexadecimal.
   */
  | {
      readonly effect: 'translate';
      readonly address?: string | 'unknown';
      readonly port?: number | 'unknown';
    }
  /** The packet is given to the socket of a transparent proxy (TPROXY), whatever its destination is. */
  | { readonly effect: 'proxy'; readonly port?: number }
  /** A program in user space decides. */
  | { readonly effect: 'queue' }
  /** The effect is not known, because of `what`. */
  | { readonly effect: 'unknown'; readonly what: string };

/** The result of evaluating a rule for a packet. */
export interface Judgement {
  readonly matches: Truth;
  /** The effects that the rule may have: at most one if `matches` is `yes`, and none if the packet just continues. */
  readonly effects: readonly Effect[];
  /** The packet behind the rule, or as it enters the chain that the rule jumps to. */
  readonly packet: Packet;
  /** The parts of the rule that could not be evaluated because portshift does not decode them. */
  readonly undecoded: readonly string[];
}

export interface FilterRule {
  readonly reference: RuleReference;
  judge(packet: Packet): Judgement;
}

/** The rules of a chain, in the order of evaluation. */
export type FilterChain = readonly FilterRule[];

/** A base chain: a chain that receives packets from a hook. */
export interface BaseChain {
  readonly backend: FilterBackend;
  readonly families: readonly Family[];
  readonly hook: Hook;
  readonly type: 'filter' | 'nat';
  readonly priority: number;
  /** The key that names the chain among all chains of its backend. */
  readonly key: string;
  /** The policy, which applies to packets that reach the end of the chain. */
  readonly policy: 'accept' | 'drop';
  readonly reference: RuleReference;
  /** The position in the order in which the chains of this backend were created. */
  readonly age: number;
  rules(): FilterChain;
}

/** The chains of one network namespace that decide about packets, in one backend or in several. */
export interface PacketFilter {
  readonly bases: readonly BaseChain[];
  /** Returns every chain, base chain or not. */
  chains(): Iterable<FilterChain>;
  /** Returns the chain that a jump in this backend leads to, or undefined if there is no such chain. */
  chain(backend: FilterBackend, key: string): FilterChain | undefined;
}

/** Returns the key that names a chain among all chains of its backend. */
export function keyOf(family: string, table: string, chain: string): string {
  return `${family} ${table} ${chain}`;
}

/** Joins several filters into one. */
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
