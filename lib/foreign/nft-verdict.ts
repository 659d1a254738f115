import type { RulesetVerdict } from '../backends/nft';
import type { Effect } from './packet-filter';

/** Returns the effect of a verdict, or undefined if it has none (`continue` and `break`). */
export function effectOf(verdict: RulesetVerdict): Effect | undefined {
  switch (verdict.verdict) {
    case 'accept':
    case 'drop':
    case 'return':
    case 'queue':
      return { effect: verdict.verdict };
    case 'jump':
    case 'goto':
      return { effect: verdict.verdict, chain: verdict.chain };
    case 'continue':
    case 'break':
      return undefined;
  }
}

/** Returns each effect once. */
export function distinct(effects: readonly Effect[]): Effect[] {
  const seen = new Map(effects.map((effect) => [JSON.stringify(effect), effect]));
  return [...seen.values()];
}

/** Returns true if there are `count` effects and all of them are the same. */
export function areAlike(effects: readonly Effect[], count: number): boolean {
  return effects.length === count && distinct(effects).length === 1;
}
