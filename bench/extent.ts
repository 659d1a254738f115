import type { Surroundings } from './ways';

/** How much is measured. Budgets in ms. */
export interface Extent {
  readonly swaps: readonly Surroundings[];
  readonly swapBudget: number;
  readonly pressure: { readonly count: number; readonly repeats: number };
  readonly upkeep: { readonly foreign: number; readonly changes: number };
  readonly dataPath: { readonly counts: readonly number[]; readonly budget: number };
  readonly startups: number;
}

/** About ten minutes. */
export const WHOLE: Extent = {
  swaps: [
    { foreign: 0, published: 1 },
    { foreign: 100, published: 1 },
    { foreign: 1_000, published: 1 },
    { foreign: 10_000, published: 1 },
    { foreign: 50_000, published: 1 },
    { foreign: 0, published: 100 },
    { foreign: 0, published: 10_000 },
  ],
  swapBudget: 24_000,
  pressure: { count: 10_000, repeats: 5 },
  upkeep: { foreign: 50_000, changes: 1_000 },
  dataPath: { counts: [1, 100, 10_000], budget: 6_000 },
  startups: 20,
};

/** Seconds: everything once, and what it says means nothing. */
export const SMOKE: Extent = {
  swaps: [{ foreign: 3, published: 2 }],
  swapBudget: 100,
  pressure: { count: 20, repeats: 2 },
  upkeep: { foreign: 3, changes: 3 },
  dataPath: { counts: [1, 20], budget: 50 },
  startups: 1,
};
