import type { NftRuleset, RulesetChain, RulesetElement, RulesetRule, RulesetSetItem } from '../plan/nft-ruleset';
import type { NativeRuleset } from './nft-addon';

/** How many chains, sets and rules cross in one call: a rule of iptables-nft is some 50 values, and 20 to 40 µs. */
const FEW = 2;

/** How many elements do, of some 2 µs each. */
const MANY = 16;

/** Takes a ruleset out of the addon, some items at a time. */
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
