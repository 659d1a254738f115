import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { FAMILIES } from '../support/hosts';
import { factsOf, NOTHING, type Outcome, run, type Step, type World } from './history';
import { type Turn, turns } from './operations';
import { factsKey, type Reading } from './oracle';
import { type ModelStage, OWNER_OF, OWNERS } from './stage';

/**
 * PORTSHIFT_MODEL_RUNS: how many sequences; PORTSHIFT_MODEL_SEED and PORTSHIFT_MODEL_PATH: as a failure has printed them,
 * to see it again.
 */
function parameters(runs: number): fc.Parameters<[Turn[]]> {
  const seed = process.env['PORTSHIFT_MODEL_SEED'];
  const path = process.env['PORTSHIFT_MODEL_PATH'];
  return {
    numRuns: Number(process.env['PORTSHIFT_MODEL_RUNS'] ?? runs),
    // However long it has looked for a shorter counterexample.
    interruptAfterTimeLimit: 60_000,
    ...(seed !== undefined && { seed: Number(seed) }),
    ...(path !== undefined && { path }),
  };
}

/** Random sequences of calls come to what the model says, call by call. */
export async function holdsForSequences(stage: ModelStage, runs: number): Promise<void> {
  const property = fc
    .asyncProperty(turns(OWNER_OF.length), (sequence) => follow(stage, sequence))
    .beforeEach(() => stage.reset());
  await fc.assert(property, parameters(runs));
}

async function follow(stage: ModelStage, sequence: readonly Turn[]): Promise<void> {
  // More than one where calls at the same time could have come in one order or another.
  let worlds: readonly World[] = [{ states: new Map(), receipts: new Map() }];
  const { foreign } = await stage.read();
  for (const turn of sequence) {
    const steps = turn.map(({ actor, operation }) => ({ actor, operation, owner: OWNER_OF[actor] ?? '' }));
    const outcomes = await Promise.all(steps.map(({ actor, operation }) => stage.actors[actor]?.perform(operation)));
    const reading = await stage.read();
    assert.equal(reading.foreign, foreign, 'foreign rules');
    worlds = explanations(worlds, steps, { outcomes, facts: reading.facts });
  }
}

interface Observed {
  readonly outcomes: readonly unknown[];
  readonly facts: Reading['facts'];
}

/** Calls at the same time come to what they would in one order or another; every order that explains what was seen. */
function explanations(worlds: readonly World[], steps: readonly Step[], observed: Observed): World[] {
  const found: World[] = [];
  const expected: Observed[] = [];
  for (const world of worlds) {
    for (const order of permutations(steps.map((_, index) => index))) {
      const { outcomes, after } = inOrder(world, steps, order);
      const one = { outcomes, facts: installedIn(after) };
      if (!isDeepStrictEqual(one, observed)) expected.push(one);
      else if (!found.some((other) => isDeepStrictEqual(other, after))) found.push(after);
    }
  }
  if (found.length === 0) {
    assert.deepEqual(observed, expected[0], `in none of ${expected.length} orders of ${JSON.stringify(steps)}`);
  }
  return found;
}

function inOrder(
  world: World,
  steps: readonly Step[],
  order: readonly number[],
): { outcomes: Outcome[]; after: World } {
  let after = world;
  const outcomes: Outcome[] = [];
  for (const index of order) {
    const result = run(after, steps[index] as Step);
    after = result.world;
    outcomes[index] = result.outcome;
  }
  return { outcomes, after };
}

function installedIn({ states }: World): Map<string, string[]> {
  const installed = new Map<string, string[]>();
  for (const owner of OWNERS) {
    const facts = factsOf(states.get(owner) ?? NOTHING);
    for (const family of FAMILIES) if (facts.length > 0) installed.set(factsKey(owner, family), facts);
  }
  return installed;
}

function permutations(items: readonly number[]): number[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}
