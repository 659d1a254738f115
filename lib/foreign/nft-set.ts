import type { RulesetElement, RulesetSet } from '../backends/nft';
import { bytesOf, hexOf, isExcepted, isKnown, type Known, type Value } from './nft-value';
import type { Truth } from './truth';

/** The flag NFT_SET_INTERVAL of linux/netfilter/nf_tables.h. */
const INTERVAL = 0x4;

/** The result of looking up a value in a set. */
export interface Found {
  readonly isIn: Truth;
  /** The elements that the value may match: one if `isIn` is `yes`, unless the value may be one of several. */
  readonly elements: readonly RulesetElement[];
}

const NOT_FOUND: Found = { isIn: 'no', elements: [] };

/** The maximum number of elements that are compared with a partly known value. In a larger set, any may match. */
const MOST_LOOKED_AT = 4096;

interface Boundary {
  readonly key: string;
  readonly element: RulesetElement;
}

/** A set that is prepared for lookups. */
export class LookupSet {
  readonly #exact = new Map<string, RulesetElement>();
  readonly #boundaries: Boundary[] = [];
  readonly #ranges: RulesetElement[] = [];
  readonly #catchall: RulesetElement | undefined;

  constructor(readonly set: RulesetSet) {
    const hasIntervals = (set.flags & INTERVAL) !== 0;
    for (const element of set.elements) {
      if (element.catchall === true) this.#catchall = element;
      else if (element.keyEnd !== undefined) this.#ranges.push(element);
      else if (hasIntervals && !isConcatenation(set)) this.#boundaries.push({ key: element.key, element });
      else this.#exact.set(element.key, element);
    }
    // An end comes before a beginning at the same key.
    this.#boundaries.sort((a, b) =>
      a.key === b.key ? Number(b.element.ends === true) - Number(a.element.ends === true) : a.key < b.key ? -1 : 1,
    );
  }

  find(value: Value): Found {
    const found = value.map((one) => this.#findOne(one));
    const [first] = found;
    if (first === undefined) return NOT_FOUND;
    const isIn = found.every((one) => one.isIn === first.isIn) ? first.isIn : 'unknown';
    return { isIn, elements: [...new Set(found.flatMap(({ elements }) => elements))] };
  }

  #findOne(one: Known): Found {
    const found = isKnown(one) ? this.#get(hexOf(one.bytes.subarray(0, this.set.keyLength))) : undefined;
    if (isKnown(one)) return foundElement(found ?? this.#catchall);
    const possible = this.#possible(one);
    if (possible.length === 0) return foundElement(this.#catchall);
    return { isIn: 'unknown', elements: this.#catchall === undefined ? possible : [...possible, this.#catchall] };
  }

  #get(key: string): RulesetElement | undefined {
    const exact = this.#exact.get(key);
    if (exact !== undefined) return exact;
    const range = this.#ranges.find((element) => isWithin(key, element.key, element.keyEnd ?? element.key));
    if (range !== undefined) return range;
    let low = 0;
    let high = this.#boundaries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#boundaries[middle]?.key ?? '') <= key) low = middle + 1;
      else high = middle;
    }
    const last = this.#boundaries[low - 1]?.element;
    return last?.ends === true ? undefined : last;
  }

  /** Returns the elements that a partly known value may match. */
  #possible(one: Known): RulesetElement[] {
    const starts = this.#boundaries.flatMap(({ element }) => (element.ends === true ? [] : [element]));
    const all = [...this.#exact.values(), ...this.#ranges, ...starts];
    if (all.length > MOST_LOOKED_AT) return all;
    return all.filter((element) => {
      const isOneKey = this.#boundaries.length === 0;
      if (!isOneKey) return true;
      return !isExcepted(one, bytesOf(element.key)) && mayBe(one, element.key, element.keyEnd ?? element.key);
    });
  }
}

function foundElement(element: RulesetElement | undefined): Found {
  if (element === undefined) return NOT_FOUND;
  // An expression of the element may end the rule, for example a limit.
  const mayFail = element.expressions?.some(({ expr }) => expr !== 'counter' && expr !== 'last') === true;
  return { isIn: mayFail ? 'unknown' : 'yes', elements: [element] };
}

/** The number of hexadecimal digits in a word. Each part of a concatenation begins at a word boundary. */
const WORD = 8;

/** Returns true if the keys of the set are concatenations (NFT_SET_CONCAT of linux/netfilter/nf_tables.h). */
function isConcatenation({ flags }: RulesetSet): boolean {
  return (flags & 0x80) !== 0;
}

function isWithin(key: string, first: string, last: string): boolean {
  for (let at = 0; at < key.length; at += WORD) {
    const word = key.slice(at, at + WORD);
    if (word < first.slice(at, at + WORD) || word > last.slice(at, at + WORD)) return false;
  }
  return true;
}

/** Compares word by word: a known word must be within the bounds, any other word may have any value. */
function mayBe({ bytes, known }: Known, first: string, last: string): boolean {
  const [from, to] = [bytesOf(first), bytesOf(last)];
  for (let at = 0; at < bytes.length; at += WORD / 2) {
    const end = at + WORD / 2;
    if (!known.subarray(at, end).every((bits) => bits === 0xff)) continue;
    const word = hexOf(bytes.subarray(at, end));
    if (word < hexOf(from.subarray(at, end)) || word > hexOf(to.subarray(at, end))) return false;
  }
  return true;
}
