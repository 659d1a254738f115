import type { NftRuleset, RulesetChain, RulesetElement, RulesetRule, RulesetSetItem } from '../plan/nft-ruleset';
import type { NativeRuleset } from './nft-addon';

/** How many items cross in one call: a rule of iptables-nft comes to some 20 values. */
const PAGE = 16;

/** Takes a ruleset out of the addon, some items at a time. */
export function* collectRuleset(native: NativeRuleset): Generator<void, NftRuleset> {
  const chains: RulesetChain[] = [];
  const sets: RulesetSetItem[] = [];
  const rules: RulesetRule[] = [];
  for (let from = 0; from < native.size; from += PAGE) {
    for (const item of native.page(from, PAGE)) {
      if (item.item === 'chain') chains.push(item);
      else if (item.item === 'set') sets.push(item);
      else rules.push(item);
    }
    yield;
  }
  const elements: RulesetElement[] = [];
  for (let from = 0; from < native.elementCount; from += PAGE) {
    elements.push(...native.elements(from, PAGE));
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
