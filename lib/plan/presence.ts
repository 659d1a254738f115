import type { Entry } from '../rules/entry';
import type { Placement } from './placement';
import type { OwnChain } from './port-tree';

/** How much of an entry is installed: bit i stands for placement i. */
export interface Presence {
  readonly entry: Entry;
  readonly placements: readonly Placement[];
  mask: number;
  /** The chain that placement i is in, where it is installed. */
  readonly homes: OwnChain[];
  /** Packets counted by the placements that decide: nat rules, marking rules. */
  packets: number;
}

export function isWhole({ mask, placements }: Presence): boolean {
  return mask === (1 << placements.length) - 1;
}

/** Whether the placement that decides, the first to be put in, is there. */
export function isBegun({ mask }: Presence): boolean {
  return (mask & 1) === 1;
}
