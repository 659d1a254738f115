import type { ReadRule } from '../model/read-rule';

/** The comment of every jump that portshift installs to one of its own chains. */
const JUMP_COMMENT = 'portshift';

/**
 * Returns the owner's jumps in those built-in chains where a rule that is not portshift's comes before one of them, in
 * the order of the rules. Jumps of other owners do not count as foreign rules.
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
    // The position of a jump from one of portshift's own chains to another follows from its kind, and is not checked
    // here.
    if (!isJump || !jump.startsWith(`${owner}.`) || chain.startsWith(`${owner}.`)) continue;
    seen.isDisplaced ||= seen.hasForeign;
    seen.jumps.push(read);
  }
  return [...chains.values()].flatMap(({ isDisplaced, jumps }) => (isDisplaced ? jumps : []));
}
