import type { ReadRule } from '../tables/read-rule';

/** What every jump of portshift's into an own chain has as its comment. */
const JUMP_COMMENT = 'portshift';

/**
 * The owner's jumps in built-in chains where a rule that is not portshift's comes before one of them, in the order in
 * which they are there. Jumps of other owners are no obstacle.
 */
export function displacedJumps(rules: readonly ReadRule[], owner: string): ReadRule[] {
  const chains = new Map<string, { hasForeign: boolean; isDisplaced: boolean; readonly jumps: ReadRule[] }>();
  for (const read of rules) {
    const { family, table, chain, comment, jump } = read;
    const key = `${family} ${table} ${chain}`;
    const seen = chains.get(key) ?? { hasForeign: false, isDisplaced: false, jumps: [] };
    chains.set(key, seen);
    const isJump = comment === JUMP_COMMENT && jump !== '';
    if (!isJump) seen.hasForeign = true;
    // Jumps from one own chain to another have their place by what they are.
    if (!isJump || !jump.startsWith(`${owner}.`) || chain.startsWith(`${owner}.`)) continue;
    seen.isDisplaced ||= seen.hasForeign;
    seen.jumps.push(read);
  }
  return [...chains.values()].flatMap(({ isDisplaced, jumps }) => (isDisplaced ? jumps : []));
}
