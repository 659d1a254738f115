/**
 * The expressions of the rules of nf_tables, under their names in `nft --debug=netlink` (linux/netfilter/nf_tables.h).
 * Registers are 1 to 4, of 16 bytes, and 8 to 23, of 4 bytes, over the same memory.
 *
 * `Hex` is bytes in their order in a packet or register, two lower-case digits each: port 8443 is `20fb`. A number of
 * the host's own, such as a mark, is in the host's byte order.
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
  /** The result is dreg = (sreg & mask) ^ xor. */
  | { readonly expr: 'bitwise'; readonly sreg: number; readonly dreg: number; readonly mask: Hex; readonly xor: Hex }
  | {
      readonly expr: 'ct';
      readonly key: 'state' | 'status' | 'direction' | 'proto_dst';
      readonly dreg: number;
      readonly direction?: 'original' | 'reply';
    }
  | { readonly expr: 'fib'; readonly flags: 'daddr' | 'daddr . iif'; readonly result: 'type'; readonly dreg: number }
  /**
   * A lookup in a set, or with `dreg` in a map. With `invert`, it holds for keys that are not in the set, and no
   * element counts.
   */
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
  /**
   * The rule does not match without a socket for the packet. `wildcard` requires a full socket, whose address it tests.
   */
  | { readonly expr: 'socket'; readonly key: 'transparent' | 'wildcard'; readonly dreg: number }
  | { readonly expr: 'immediate'; readonly verdict: 'drop' | 'accept' | 'return' }
  | { readonly expr: 'immediate'; readonly verdict: 'jump' | 'goto'; readonly chain: string }
  | { readonly expr: 'reject'; readonly type: number; readonly code: number }
  /** An expression that portshift does not write, only reads. */
  | { readonly expr: 'unknown'; readonly name: string };

export type MetaKey = 'nfproto' | 'l4proto' | 'iifname' | 'oifname' | 'mark';
