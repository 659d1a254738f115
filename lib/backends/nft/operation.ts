import type { Hex, NftExpression } from './expression';

/** A base chain, with policy accept; without a hook, a regular chain, to which rules jump. */
export interface NftChain {
  readonly chain: string;
  readonly type?: 'nat' | 'filter';
  readonly hook?: 'prerouting' | 'input' | 'output';
  readonly priority?: number;
}

/** A set, or with `dataType` a map. Types are nft's own numbers for them, which the kernel stores as they are. */
export interface NftSet {
  readonly set: string;
  readonly keyType: number;
  readonly keyLength: number;
  readonly dataType?: number;
  readonly dataLength?: number;
  /** True if the keys are ranges. */
  readonly interval: boolean;
  /** The lengths of the fields of a concatenation, with `interval`. */
  readonly fields?: readonly number[];
  /** True if each element counts how often it is found. */
  readonly counter: boolean;
  /** The data that nft stores with a set, in order to print it. */
  readonly userData?: Hex;
}

/**
 * An element. In a set with ranges of a single field, a range consists of two elements: its first key, and one that
 * `ends` it behind its last key.
 */
export interface NftElement {
  readonly key: Hex;
  /** The last key, in a concatenation with ranges. */
  readonly keyEnd?: Hex;
  readonly ends?: boolean;
  /** True if a range begins here that extends to the last possible key, as nft(8) needs to know. Only ever written. */
  readonly openEnded?: boolean;
  readonly data?: Hex;
  /** The comment, of at most 128 bytes. */
  readonly comment?: string;
}

/** An operation of a batch on its table. The operations are applied in order, within one transaction. */
export type NftOperation =
  /** Creates the table. With `exists`, it is there, and only its flags are set. */
  | { readonly op: 'newTable'; readonly owner: boolean; readonly exists?: boolean }
  /** Deletes the table with everything in it. */
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
