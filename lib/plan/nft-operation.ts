import type { Hex, NftExpression } from './nft-expression';

/** A base chain, with policy accept; or without a hook a regular chain, to which rules jump. */
export interface NftChain {
  readonly chain: string;
  readonly type?: 'nat' | 'filter';
  readonly hook?: 'prerouting' | 'input' | 'output';
  readonly priority?: number;
}

/** A set, or with `dataType` a map. Types are nft's own numbers for them; the kernel takes them as they are. */
export interface NftSet {
  readonly set: string;
  readonly keyType: number;
  readonly keyLength: number;
  readonly dataType?: number;
  readonly dataLength?: number;
  /** Keys are ranges. */
  readonly interval: boolean;
  /** With `interval`: the lengths of the fields of a concatenation. */
  readonly fields?: readonly number[];
  /** Each element counts how often it is found. */
  readonly counter: boolean;
  /** What nft keeps beside a set, to print it by. */
  readonly userData?: Hex;
}

/** In a set with ranges of a single field, a range is two elements: its first key, and one that `ends` it after its last. */
export interface NftElement {
  readonly key: Hex;
  /** The last key, in a concatenation with ranges. */
  readonly keyEnd?: Hex;
  readonly ends?: boolean;
  /** A range begins here that goes to the last key there is; nft(8) wants to know. Only ever written. */
  readonly openEnded?: boolean;
  readonly data?: Hex;
  /** At most 128 bytes. */
  readonly comment?: string;
}

/** What a batch does to its table, in order, within one transaction. */
export type NftOperation =
  /** `exists`: only sets the flags of one that is there. */
  | { readonly op: 'newTable'; readonly owner: boolean; readonly exists?: boolean }
  /** With all that is in it. */
  | { readonly op: 'deleteTable' }
  | ({ readonly op: 'newChain' } & NftChain)
  | { readonly op: 'deleteChain'; readonly chain: string }
  | ({ readonly op: 'newSet' } & NftSet)
  | { readonly op: 'deleteSet'; readonly set: string }
  | {
      readonly op: 'newRule';
      readonly chain: string;
      readonly position: 'first' | 'last';
      readonly expressions: readonly NftExpression[];
      readonly comment: string;
    }
  | { readonly op: 'deleteRule'; readonly chain: string; readonly handle: number }
  | ElementsOperation;

export interface ElementsOperation {
  readonly op: 'newElements' | 'deleteElements';
  readonly set: string;
  readonly elements: readonly NftElement[];
}
