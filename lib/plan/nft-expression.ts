/**
 * The expressions that rules of nf_tables are made of, under the names that `nft --debug=netlink` has for them
 * (linux/netfilter/nf_tables.h). Registers are 1 to 4, of 16 bytes, and 8 to 23, of 4 bytes, over the same memory.
 *
 * `Hex` is bytes in the order they have in a packet or register, two lower-case digits each: port 8443 is `20fb`. A number
 * of the host's own, such as a mark, is in the host's byte order.
 */
export type Hex = string;

export type NftExpression =
  | { readonly expr: 'meta'; readonly key: MetaKey; readonly dreg: number }
  | { readonly expr: 'meta'; readonly key: MetaKey; readonly sreg: number }
  | { readonly expr: 'cmp'; readonly op: 'eq' | 'neq'; readonly sreg: number; readonly data: Hex }
  | {
      readonly expr: 'payload';
      readonly base: 'network' | 'transport';
      readonly offset: number;
      readonly length: number;
      readonly dreg: number;
    }
  /** dreg = (sreg & mask) ^ xor. */
  | { readonly expr: 'bitwise'; readonly sreg: number; readonly dreg: number; readonly mask: Hex; readonly xor: Hex }
  | {
      readonly expr: 'ct';
      readonly key: 'state' | 'status' | 'direction' | 'proto_dst';
      readonly dreg: number;
      readonly direction?: 'original' | 'reply';
    }
  | { readonly expr: 'fib'; readonly flags: 'daddr' | 'daddr . iif'; readonly result: 'type'; readonly dreg: number }
  /** In a set, or with `dreg` in a map. Inverted, it holds for what is not in the set, and no element counts. */
  | {
      readonly expr: 'lookup';
      readonly set: string;
      readonly sreg: number;
      readonly dreg?: number;
      readonly invert?: true;
    }
  | {
      readonly expr: 'nat';
      readonly type: 'dnat';
      readonly family: 'inet' | 'ip' | 'ip6';
      readonly addressReg?: number;
      readonly portReg?: number;
    }
  /** Rewrites the destination to the first address of the interface that the packet came in on. */
  | { readonly expr: 'redir'; readonly portReg?: number }
  /** Without a socket for the packet the rule does not match; `wildcard` takes a full one, whose address it tests. */
  | { readonly expr: 'socket'; readonly key: 'transparent' | 'wildcard'; readonly dreg: number }
  | { readonly expr: 'immediate'; readonly verdict: 'drop' | 'accept' | 'return' }
  | { readonly expr: 'immediate'; readonly verdict: 'jump' | 'goto'; readonly chain: string }
  | { readonly expr: 'reject'; readonly type: number; readonly code: number }
  /** One that portshift does not write. Only ever read. */
  | { readonly expr: 'unknown'; readonly name: string };

export type MetaKey = 'nfproto' | 'l4proto' | 'iifname' | 'oifname' | 'mark';
