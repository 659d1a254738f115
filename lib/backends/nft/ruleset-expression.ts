import type { Hex } from './expression';
import type { RulesetCtKey, RulesetMetaKey } from './ruleset-keys';

/**
 * The expressions of the rules of any program, as far as they are decoded. They include those that portshift writes
 * (`NftExpression`), under the same names. Registers are 0 (the verdict), 1 to 4 and 8 to 23; the kernel prefers the
 * numbers 1 to 4. An expression with an attribute, a flag or a number that is not listed here is `unknown`.
 */
export type RulesetExpression =
  | MatchingExpression
  | LoadingExpression
  | StatefulExpression
  | TranslatingExpression
  | VerdictExpression
  /** A match or target of iptables, with the bytes that it has in the legacy tables. `data` has no padding. */
  | { readonly expr: 'match' | 'target'; readonly name: string; readonly revision: number; readonly data: Hex }
  | { readonly expr: 'unknown'; readonly name: string };

/** Expressions that end the rule unless they hold. */
type MatchingExpression =
  | {
      readonly expr: 'cmp';
      readonly op: 'eq' | 'neq' | 'lt' | 'lte' | 'gt' | 'gte';
      readonly sreg: number;
      readonly data: Hex;
    }
  | {
      readonly expr: 'range';
      readonly op: 'eq' | 'neq';
      readonly sreg: number;
      readonly from: Hex;
      readonly to: Hex;
    }
  /** A lookup in a set, with `dreg` in a map, or with `dreg` 0 in a verdict map. */
  | {
      readonly expr: 'lookup';
      readonly set: string;
      readonly sreg: number;
      readonly dreg?: number;
      readonly invert?: true;
    };

/** Expressions that write to a register or to the packet. */
type LoadingExpression =
  | { readonly expr: 'meta'; readonly key: RulesetMetaKey; readonly dreg: number }
  | { readonly expr: 'meta'; readonly key: RulesetMetaKey; readonly sreg: number }
  | {
      readonly expr: 'payload';
      readonly base: 'link' | 'network' | 'transport' | 'inner' | 'tunnel';
      readonly offset: number;
      readonly length: number;
      readonly dreg: number;
    }
  | {
      readonly expr: 'payload';
      readonly base: 'link' | 'network' | 'transport' | 'inner' | 'tunnel';
      readonly offset: number;
      readonly length: number;
      readonly sreg: number;
      readonly checksumType?: number;
      readonly checksumOffset?: number;
      readonly checksumFlags?: number;
    }
  /** The result is dreg = (sreg & mask) ^ xor. */
  | { readonly expr: 'bitwise'; readonly sreg: number; readonly dreg: number; readonly mask: Hex; readonly xor: Hex }
  /** A shift. `data` is the number of bits, in the host's byte order. */
  | {
      readonly expr: 'bitwise';
      readonly op: 'lshift' | 'rshift';
      readonly sreg: number;
      readonly dreg: number;
      readonly length: number;
      readonly data: Hex;
    }
  /** A conversion of `length` bytes, as numbers of `size` bytes. */
  | {
      readonly expr: 'byteorder';
      readonly op: 'ntoh' | 'hton';
      readonly sreg: number;
      readonly dreg: number;
      readonly length: number;
      readonly size: number;
    }
  | { readonly expr: 'ct'; readonly key: RulesetCtKey; readonly dreg: number; readonly direction?: Direction }
  | { readonly expr: 'ct'; readonly key: RulesetCtKey; readonly sreg: number; readonly direction?: Direction }
  /**
   * Without either register, the option is removed from the packet. With `present`, the result is 1 if it is there,
   * else 0.
   */
  | {
      readonly expr: 'exthdr';
      readonly protocol: 'ipv6' | 'tcp' | 'ipv4' | 'sctp' | 'dccp';
      readonly type: number;
      readonly offset: number;
      readonly length: number;
      readonly dreg?: number;
      readonly sreg?: number;
      readonly present?: true;
    }
  /** `flags` are in the notation of `nft --debug=netlink`, joined by ` . `: `daddr`, `daddr . iif`. */
  | {
      readonly expr: 'fib';
      readonly flags: string;
      readonly result: 'oif' | 'oifname' | 'type';
      readonly dreg: number;
    }
  | {
      readonly expr: 'rt';
      readonly key: 'classid' | 'nexthop4' | 'nexthop6' | 'tcpmss' | 'ipsec';
      readonly dreg: number;
    }
  | {
      readonly expr: 'socket';
      readonly key: 'transparent' | 'mark' | 'wildcard' | 'cgroupv2';
      readonly dreg: number;
      readonly level?: number;
    }
  | { readonly expr: 'osf'; readonly dreg: number; readonly ttl?: number; readonly flags?: number }
  | {
      readonly expr: 'xfrm';
      readonly key: 'daddr4' | 'daddr6' | 'saddr4' | 'saddr6' | 'reqid' | 'spi';
      readonly direction: 'in' | 'out';
      readonly spnum: number;
      readonly dreg: number;
    }
  | {
      readonly expr: 'numgen';
      readonly type: 'incremental' | 'random';
      readonly modulus: number;
      readonly offset?: number;
      readonly dreg: number;
    }
  | {
      readonly expr: 'hash';
      readonly type: 'jenkins' | 'symmetric';
      readonly sreg?: number;
      readonly dreg: number;
      readonly length?: number;
      readonly modulus: number;
      readonly seed?: number;
      readonly offset?: number;
    }
  | { readonly expr: 'immediate'; readonly dreg: number; readonly data: Hex };

/** Expressions that count or report. `limit`, `quota`, `connlimit` and `dynset` may end the rule. */
type StatefulExpression =
  | { readonly expr: 'counter'; readonly packets: number; readonly bytes: number }
  /** The limit is `rate` in each `unit` seconds. With `invert`, the expression holds above it. */
  | {
      readonly expr: 'limit';
      readonly rate: number;
      readonly unit: number;
      readonly burst: number;
      readonly type: 'packets' | 'bytes';
      readonly invert?: true;
    }
  | {
      readonly expr: 'quota';
      readonly bytes: number;
      readonly consumed: number;
      readonly invert?: true;
      readonly depleted?: true;
    }
  | { readonly expr: 'last'; readonly used: boolean; readonly milliseconds?: number }
  | { readonly expr: 'connlimit'; readonly count: number; readonly invert?: true }
  | {
      readonly expr: 'log';
      readonly prefix?: string;
      readonly group?: number;
      readonly level?: number;
      readonly snapLength?: number;
      readonly queueThreshold?: number;
      readonly flags?: number;
    }
  /** `expressions` are those of each element, which may end the rule as well. `timeout` is in milliseconds. */
  | {
      readonly expr: 'dynset';
      readonly set: string;
      readonly op: 'add' | 'update' | 'delete';
      readonly keyReg: number;
      readonly dataReg?: number;
      readonly timeout?: number;
      readonly invert?: true;
      readonly expressions?: readonly RulesetExpression[];
    }
  /** A reference to the object of that name, or to the one that a map has for a key. */
  | { readonly expr: 'objref'; readonly type: ObjectType; readonly name: string }
  | { readonly expr: 'objref'; readonly map: string; readonly sreg: number }
  | { readonly expr: 'notrack' }
  | { readonly expr: 'flow_offload'; readonly table: string };

/** Flags are NF_NAT_RANGE_* of linux/netfilter/nf_nat.h, without those that follow from the registers. */
type TranslatingExpression =
  | {
      readonly expr: 'nat';
      readonly type: 'snat' | 'dnat';
      readonly family: 'ip' | 'ip6' | 'inet';
      readonly addressReg?: number;
      /** The register of the end of a range, if it is another one. */
      readonly addressMaxReg?: number;
      readonly portReg?: number;
      readonly portMaxReg?: number;
      readonly flags?: number;
    }
  | {
      readonly expr: 'masq' | 'redir';
      readonly portReg?: number;
      readonly portMaxReg?: number;
      readonly flags?: number;
    }
  /** `inet` stands for either family. */
  | {
      readonly expr: 'tproxy';
      readonly family: 'ip' | 'ip6' | 'inet';
      readonly addressReg?: number;
      readonly portReg?: number;
    }
  | { readonly expr: 'dup'; readonly addressReg?: number; readonly deviceReg?: number }
  | {
      readonly expr: 'fwd';
      readonly deviceReg: number;
      readonly addressReg?: number;
      readonly family?: 'ip' | 'ip6' | 'inet';
    };

/** Expressions that decide about the packet. */
type VerdictExpression =
  | ({ readonly expr: 'immediate' } & RulesetVerdict)
  /** Types and codes are those of linux/netfilter/nf_tables.h. */
  | { readonly expr: 'reject'; readonly type: number; readonly code: number }
  /**
   * The packet goes to user space, which then accepts, drops or repeats it. `flags` 1: it is accepted if no program
   * listens.
   */
  | {
      readonly expr: 'queue';
      readonly number?: number;
      readonly total?: number;
      readonly flags?: number;
      readonly sreg?: number;
    }
  | { readonly expr: 'synproxy'; readonly mss: number; readonly windowScale: number; readonly flags: number };

/** `continue` continues with the same rule, and `break` with the next one. */
export type RulesetVerdict =
  | { readonly verdict: 'accept' | 'drop' | 'queue' | 'continue' | 'break' | 'return' }
  | { readonly verdict: 'jump' | 'goto'; readonly chain: string };

type Direction = 'original' | 'reply';

type ObjectType =
  | 'counter'
  | 'quota'
  | 'ct_helper'
  | 'limit'
  | 'connlimit'
  | 'tunnel'
  | 'ct_timeout'
  | 'secmark'
  | 'ct_expect'
  | 'synproxy';
