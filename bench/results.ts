import type { CallerDelays } from './caller';
import type { DataPath } from './data-path';
import type { Machine } from './machine';
import type { Pressure, Upkeep } from './pressure';
import type { Startup } from './startup';
import type { SwapResult } from './swaps';

/** What one backend has to take, and what of the event loop's delays is the caller's. */
export interface Load extends Pressure {
  readonly caller: CallerDelays;
}

/** Everything that one run has measured: what `bench/performance.json` holds. */
export interface Results {
  readonly machine: Machine;
  /** How long the run took. */
  readonly seconds: number;
  readonly swaps: readonly SwapResult[];
  readonly pressure: readonly Load[];
  readonly upkeep: readonly Upkeep[];
  readonly dataPath: readonly DataPath[];
  readonly startup: Startup;
}
