import type { Hex } from './nft-expression';
import type { RulesetExpression, RulesetVerdict } from './nft-ruleset-expression';

/** All that nf_tables has in one namespace, anybody's, at one generation of the ruleset. */
export interface NftRuleset {
  /** The number that the kernel counts transactions by. */
  readonly generation: number;
  /** In the order in which they were made, table by table. */
  readonly chains: readonly RulesetChain[];
  /** Those of a chain in the order in which they are evaluated. */
  readonly rules: readonly RulesetRule[];
  readonly sets: readonly RulesetSet[];
}

export type RulesetFamily = 'ip' | 'ip6' | 'inet' | 'arp' | 'bridge' | 'netdev';

export type RulesetItem = RulesetChain | RulesetSetItem | RulesetRule;

/** `type`, `hook`, `priority` and `policy` are those of a base chain. */
export interface RulesetChain {
  readonly item: 'chain';
  readonly family: RulesetFamily;
  readonly table: string;
  readonly chain: string;
  readonly handle: number;
  /** `filter`, `nat`, `route`. */
  readonly type?: string;
  /** Of the arp family `input`, `output` and `forward`; a hook without a name is a number as text. */
  readonly hook?: 'ingress' | 'egress' | 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | (string & {});
  readonly priority?: number;
  readonly policy?: 'accept' | 'drop';
  /** Those of an ingress or egress hook. */
  readonly devices?: readonly string[];
  /** Whether its table is dormant: no packet comes to any of its chains. */
  readonly dormant: boolean;
}

export interface RulesetRule {
  readonly item: 'rule';
  readonly family: RulesetFamily;
  readonly table: string;
  readonly chain: string;
  readonly handle: number;
  readonly expressions: readonly RulesetExpression[];
  /** The one that nft keeps with a rule; iptables-nft has a `match` for its own, which `commentOf` finds. */
  readonly comment?: string;
}

export interface RulesetSetItem {
  readonly item: 'set';
  readonly family: RulesetFamily;
  readonly table: string;
  readonly set: string;
  readonly handle: number;
  /** NFT_SET_* of linux/netfilter/nf_tables.h. */
  readonly flags: number;
  /** Types of keys and data are nft's own numbers for them, which nobody need have given. */
  readonly keyType: number;
  readonly keyLength: number;
  /** 0xffffff00 in a verdict map; 0 in a set and in a map of objects. */
  readonly dataType: number;
  readonly dataLength: number;
  /** Made along with the one rule that uses it. */
  readonly anonymous: boolean;
  /** How many elements it has. */
  readonly size: number;
}

export interface RulesetSet extends RulesetSetItem {
  /** In no order that means anything. */
  readonly elements: readonly RulesetElement[];
}

/**
 * In a set with ranges that is no concatenation, a range is two elements: its first key, and one that `ends` it after its
 * last; one that nothing ends goes to the last key there is, and an end that nothing begins means nothing.
 */
export interface RulesetElement {
  /** Empty in the one for every key that no other element has, as `catchall` says. */
  readonly key: Hex;
  /** The last key, in a concatenation with ranges. */
  readonly keyEnd?: Hex;
  readonly ends?: true;
  readonly catchall?: true;
  readonly data?: Hex;
  /** In a verdict map; absent where it is none of the known ones. */
  readonly verdict?: RulesetVerdict;
  /** In a map of objects. */
  readonly object?: string;
  /** Those that are evaluated where the element is found, and may end the rule. Counters are among them. */
  readonly expressions?: readonly RulesetExpression[];
  readonly comment?: string;
  /** In milliseconds: when it goes by itself. */
  readonly expires?: number;
}

/** The comment of a rule, be it of nft or of iptables-nft. */
export function commentOf({ comment, expressions }: RulesetRule): string | undefined {
  if (comment !== undefined) return comment;
  for (const one of expressions) {
    if (one.expr === 'match' && one.name === 'comment') return utf8Of(one.data);
  }
  return undefined;
}

/** Up to the first zero byte. */
function utf8Of(bytes: Hex): string {
  const codes = (bytes.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16));
  const end = codes.indexOf(0);
  return new TextDecoder().decode(Uint8Array.from(end < 0 ? codes : codes.slice(0, end)));
}
