import type { Entry } from '../../model/entry';
import type { ChainState } from './chain-states';

/** An entry, and which of its placements are installed. Bit i of `mask` stands for placement i. */
export interface Presence {
  readonly entry: Entry;
  /** The number of placements of the entry. */
  readonly size: number;
  mask: number;
  /** The chain of the first placement; see homeOf(). */
  home: ChainState | undefined;
  /** The chains of the other placements. Most entries of one family have none. */
  others: (ChainState | undefined)[] | undefined;
  /**
   * The number of packets that its rules have counted, except those that only mark or hold back what a closed port
   * sends.
   */
  packets: number;
}

export function isWhole({ mask, size }: Presence): boolean {
  return mask === (1 << size) - 1;
}

/**
 * Returns true if a deciding placement is installed: the first one, or any of those that close a port with an answer.
 */
export function isBegun({ mask, entry: { rule } }: Presence): boolean {
  return rule.kind === 'markDrop' && rule.deny === 'reject' ? mask !== 0 : (mask & 1) === 1;
}

/** Returns the chain of a placement, or undefined if the placement is not installed. */
export function homeOf({ mask, home, others }: Presence, placement: number): ChainState | undefined {
  if (!(mask & (1 << placement))) return undefined;
  return placement === 0 ? home : others?.[placement - 1];
}

/** Records that the placement is installed in that chain. */
export function settle(presence: Presence, placement: number, home: ChainState): void {
  presence.mask |= 1 << placement;
  if (placement === 0) {
    presence.home = home;
  } else {
    presence.others ??= new Array<ChainState | undefined>(presence.size - 1);
    presence.others[placement - 1] = home;
  }
}
