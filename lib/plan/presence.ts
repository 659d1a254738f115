import type { Entry } from '../rules/entry';
import type { ChainState } from './chain-states';

/** How much of an entry is installed: bit i stands for its placement i. */
export interface Presence {
  readonly entry: Entry;
  /** How many placements it has. */
  readonly size: number;
  mask: number;
  /** The chain that the first placement is in; see homeOf(). */
  home: ChainState | undefined;
  /** Those of the other placements: most entries of one family have none. */
  others: (ChainState | undefined)[] | undefined;
  /** Packets counted by the placements that decide: nat rules, marking rules. */
  packets: number;
}

export function isWhole({ mask, size }: Presence): boolean {
  return mask === (1 << size) - 1;
}

/** Whether a placement that decides is there: the first to be put in, or any of those that close a port with an answer. */
export function isBegun({ mask, entry: { rule } }: Presence): boolean {
  return rule.kind === 'markDrop' && rule.deny === 'reject' ? mask !== 0 : (mask & 1) === 1;
}

/** The chain that the placement is in; undefined where it is not installed. */
export function homeOf({ mask, home, others }: Presence, placement: number): ChainState | undefined {
  if (!(mask & (1 << placement))) return undefined;
  return placement === 0 ? home : others?.[placement - 1];
}

/** The placement is installed, in that chain. */
export function settle(presence: Presence, placement: number, home: ChainState): void {
  presence.mask |= 1 << placement;
  if (placement === 0) {
    presence.home = home;
  } else {
    presence.others ??= new Array<ChainState | undefined>(presence.size - 1);
    presence.others[placement - 1] = home;
  }
}
