import type { Hex } from './expression';
import type { RulesetExpression, RulesetVerdict } from './ruleset-expression';

/** The ruleset of nf_tables in one namespace, of all programs, at one generation. */
export interface NftRuleset {
  /** The generation, by which the kernel counts transactions. */
  readonly generation: number;
  /** The chains, table by table, in the order in which they were created. */
  readonly chains: readonly RulesetChain[];
  /** The rules. Those of a chain are in the order of evaluation. */
  readonly rules: readonly RulesetRule[];
  readonly sets: readonly RulesetSet[];
}

export type RulesetFamily = 'ip' | 'ip6' | 'inet' | 'arp' | 'bridge' | 'netdev';

export type RulesetItem = RulesetChain | RulesetSetItem | RulesetRule;

/** A chain. Only a base chain has `type`, `hook`, `priority` and `policy`. */
export interface RulesetChain {
  readonly item: 'chain';
  readonly family: RulesetFamily;
  readonly table: string;
  readonly chain: string;
  readonly handle: number;
  /** The type: `filter`, `nat` or `route`. */
  readonly type?: string;
  /** The hook. It is `input`, `output` or `forward` in the arp family. A hook without a name is a number as text. */
  readonly hook?: 'ingress' | 'egress' | 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | (string & {});
  readonly priority?: number;
  readonly policy?: 'accept' | 'drop';
  /** The devices of an ingress or egress hook. */
  readonly devices?: readonly string[];
  /** True if the table is dormant, so that no packet reaches any of its chains. */
  readonly dormant: boolean;
}

export interface RulesetRule {
  readonly item: 'rule';
  readonly family: RulesetFamily;
  readonly table: string;
  readonly chain: string;
  readonly handle: number;
  readonly expressions: readonly RulesetExpression[];
  /**
   * The comment that nft stores with a rule. iptables-nft has a `match` for its own comments, which `commentOf` finds.
   */
  readonly comment?: string;
}

export interface RulesetSetItem {
  readonly item: 'set';
  readonly family: RulesetFamily;
  readonly table: string;
  readonly set: string;
  readonly handle: number;
  /** The flags NFT_SET_* of linux/netfilter/nf_tables.h. */
  readonly flags: number;
  /** The type of the keys. Types of keys and data are nft's own numbers for them, which need not be set. */
  readonly keyType: number;
  readonly keyLength: number;
  /** The type of the data: 0xffffff00 in a verdict map, 0 in a set and in a map of objects. */
  readonly dataType: number;
  readonly dataLength: number;
  /** True if it was created along with the one rule that uses it. */
  readonly anonymous: boolean;
  /** The number of elements. */
  readonly size: number;
}

export interface RulesetSet extends RulesetSetItem {
  /** The elements, in no meaningful order. */
  readonly elements: readonly RulesetElement[];
}

/**
 * An element. In a set with ranges that is not a concatenation, a range consists of two elements: its first key, and
 * one that `ends` it behind its last key. A range without an end extends to the last possible key, and an end without a
 * beginning has no meaning.
 */
export interface RulesetElement {
  /** The key. It is empty in the `catchall` element, which stands for every key that no other element has. */
  readonly key: Hex;
  /** The last key, in a concatenation with ranges. */
  readonly keyEnd?: Hex;
  readonly ends?: true;
  readonly catchall?: true;
  readonly data?: Hex;
  /** The verdict, in a verdict map. Absent if it is none of the known ones. */
  readonly verdict?: RulesetVerdict;
  /** The name of the object, in a map of objects. */
  readonly object?: string;
  /** The expressions that are evaluated if the element is found, and may end the rule. Counters are among them. */
  readonly expressions?: readonly RulesetExpression[];
  readonly comment?: string;
  /** The time in milliseconds after which the element expires. */
  readonly expires?: number;
}

/** Returns the comment of a rule, whether it is one of nft or of iptables-nft. */
export function commentOf({ comment, expressions }: RulesetRule): string | undefined {
  if (comment !== undefined) return comment;
  for (const one of expressions) {
    if (one.expr === 'match' && one.name === 'comment') return utf8Of(one.data);
  }
  return undefined;
}

/** Decodes bytes as UTF-8, up to the first zero byte. */
function utf8Of(bytes: Hex): string {
  const codes = (bytes.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16));
  const end = codes.indexOf(0);
  return new TextDecoder().decode(Uint8Array.from(end < 0 ? codes : codes.slice(0, end)));
}
