import type { BackendName } from '../../lib';
import { moves, neighbours, retargets } from './gapless';
import { kills } from './kills';
import { foreignEdits, lockTimeouts, refusals } from './refusals';
import { Stage } from './stage';
import type { Totals } from './totals';

export interface Scenario {
  /** What runs while the clients try. */
  readonly title: string;
  run(stage: Stage, rounds: number): Promise<void>;
}

export const SCENARIOS: readonly Scenario[] = [
  { title: 'retargets', run: retargets },
  { title: 'moves', run: moves },
  { title: 'others come and go', run: neighbours },
  { title: 'refusals', run: refusals },
  { title: 'a held lock', run: lockTimeouts },
  { title: 'foreign edits', run: foreignEdits },
  { title: 'kills', run: kills },
];

export interface RunOptions {
  readonly backend: BackendName;
  readonly rounds: number;
  /** ms of load without changes, for comparison. */
  readonly calm: number;
}

export async function runScenario({ title, run }: Scenario, options: RunOptions, totals: Totals): Promise<void> {
  const stage = await Stage.create({ ...options, scenario: title, totals });
  try {
    await run(stage, options.rounds);
    await stage.finish();
  } finally {
    await stage.remove();
  }
}
