import type { NativeRuleset } from './addon';
import type { NftRuleset, RulesetChain, RulesetElement, RulesetRule, RulesetSetItem } from './ruleset';

/**
 * The number of chains, sets and rules that cross in one call. A rule of iptables-nft has some 50 values, and takes 20
 * to 40 µs.
 */
const FEW = 2;

/** The number of elements that cross in one call, each of which takes some 2 µs. */
const MANY = 16;

/** Reads a ruleset from the addon, some items at a time. */
export function* collectRuleset(native: NativeRuleset): Generator<void, NftRuleset> {
  const chains: RulesetChain[] = [];
  const sets: RulesetSetItem[] = [];
  const rules: RulesetRule[] = [];
  for (let from = 0; from < native.size; from += FEW) {
    for (const item of native.page(from, FEW)) {
      if (item.item === 'chain') chains.push(item);
      else if (item.item === 'set') sets.push(item);
      else rules.push(item);
    }
    yield;
  }
  const elements: RulesetElement[] = [];
  for (let from = 0; from < native.elementCount; from += MANY) {
    elements.push(...native.elements(from, MANY));
    yield;
  }
  let first = 0;
  const filled = sets.map((set) => {
    const from = first;
    first += set.size;
    return { ...set, elements: elements.slice(from, first) };
  });
  return { generation: native.generation, chains, rules, sets: filled };
}
