import type { Entry } from '../../model/entry';
import type { Mark } from '../../model/mark';
import type { Rule } from '../../model/rule';
import { type Placement, placementsOf } from './placement';

/** The number of kinds of entries whose placements are cached. */
const KNOWN = 8;

/** A cache of the placements of entries. Entries that differ in their ports and names alone share them. */
export class Placements {
  readonly #known: { readonly rule: Rule; readonly placements: readonly Placement[] }[] = [];
  #next = 0;

  constructor(readonly mark: Mark | undefined) {}

  of({ rule }: Entry): readonly Placement[] {
    for (const one of this.#known) if (isAlike(one.rule, rule)) return one.placements;
    const placements = placementsOf(rule, this.mark);
    this.#known[this.#next] = { rule, placements };
    this.#next = (this.#next + 1) % KNOWN;
    return placements;
  }
}

/** Returns true if the rules are equal except for their ports. A range is closed in another way than a single port. */
function isAlike(one: Rule, other: Rule): boolean {
  if (one.protocol !== other.protocol || one.family !== other.family) return false;
  if (one.kind === 'markDrop' || other.kind === 'markDrop') {
    if (one.kind !== 'markDrop' || other.kind !== 'markDrop') return false;
    if (typeof one.port !== typeof other.port) return false;
    return one.direct === other.direct && one.deny === other.deny && one.established === other.established;
  }
  if (one.destination !== other.destination || one.targetAddress !== other.targetAddress) return false;
  if (one.kind === 'redirect') return other.kind === 'redirect' && one.interface === other.interface;
  return other.kind === 'loopback';
}
