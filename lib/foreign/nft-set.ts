import type { RulesetElement, RulesetSet } from '../plan/nft-ruleset';
import { bytesOf, hexOf, isExcepted, isKnown, type Known, type Value } from './nft-value';
import type { Truth } from './truth';

/** NFT_SET_* of linux/netfilter/nf_tables.h. */
const INTERVAL = 0x4;

/** What looking for a value in a set comes to. */
export interface Found {
  readonly isIn: Truth;
  /** The elements that it may be; one where `isIn` is `yes`, unless the value may be several. */
  readonly elements: readonly RulesetElement[];
}

const NOT_FOUND: Found = { isIn: 'no', elements: [] };

/** So many elements at most are looked at for a value that is known in part. */
const MOST_LOOKED_AT = 4096;

interface Boundary {
  readonly key: string;
  readonly element: RulesetElement;
}

/** A set, prepared for looking things up. */
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

  /** The elements that a value may be of which a part is known. */
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
  // What is evaluated in an element, a limit for one, may end the rule.
  const mayFail = element.expressions?.some(({ expr }) => expr !== 'counter' && expr !== 'last') === true;
  return { isIn: mayFail ? 'unknown' : 'yes', elements: [element] };
}

/** Bytes in a word; the parts of a concatenation begin at whole words. */
const WORD = 8;

/** An address alone takes no more than four words, and a concatenation of two parts no less than two. */
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

/** Word by word: one that is known must be within, one that is not may be anything. */
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
