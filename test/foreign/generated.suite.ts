import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { BackendName } from '../../lib';
import { classicRecipe, install } from '../support/handmade-rules';
import { type ForeignRuleset, foreignRulesets, installing, isTargetUntracked } from './rulesets';
import { assertPublic, assertUntouched, byPortshift, PORT, type Publish, Stage, TARGET } from './stage';

/** PORTSHIFT_HOSTS_RUNS: how many rulesets; PORTSHIFT_HOSTS_SEED: as a failure has printed it, to see it again. */
const RUNS = Number(process.env['PORTSHIFT_HOSTS_RUNS'] ?? 20);
const SEED = process.env['PORTSHIFT_HOSTS_SEED'];
/** ms in which a shorter counterexample is looked for. */
const SHRINKING_MS = 60_000;
const DENY = fc.constantFrom('drop' as const, 'reject' as const);

/** Rulesets of others, generated, around a published port. */
export function generatedSuite(backend: BackendName): void {
  describe(`Under generated rulesets of others, on ${backend}`, () => {
    let stage: Stage;

    before(async () => {
      stage = await Stage.create();
    });

    after(() => stage.remove());

    const holds = async (ruleset: ForeignRuleset, deny: 'drop' | 'reject', publish: Publish) => {
      const comparison = await stage.compare(installing(ruleset), publish, { deny });
      assertUntouched(comparison);
      // Untracked packets to the target are in another state than tracked ones to the public port.
      if (!isTargetUntracked(ruleset, TARGET)) assertPublic(comparison);
    };

    const check = (publish: Publish, runs: number) => {
      let failedAt: number | undefined;
      const property = fc.asyncProperty(foreignRulesets(TARGET), DENY, async (ruleset, deny) => {
        if (failedAt !== undefined && performance.now() - failedAt > SHRINKING_MS) return;
        try {
          await holds(ruleset, deny, publish);
        } catch (error) {
          failedAt ??= performance.now();
          throw error;
        }
      });
      return fc.check(property, { numRuns: runs, ...(SEED === undefined ? {} : { seed: Number(SEED) }) });
    };

    it('other ports fare as before, the closed port is closed, the public one is as the target was', async function () {
      this.timeout(120_000 + 30_000 * RUNS);
      const result = await check(byPortshift(backend), RUNS);
      if (!result.failed) return;
      const [ruleset, deny] = result.counterexample ?? [];
      const how = ruleset === undefined ? '' : `\n${installing(ruleset)}`;
      throw new Error(`PORTSHIFT_HOSTS_SEED=${result.seed}, deny: ${deny}${how}\n${String(result.errorInstance)}`);
    });

    const failures: { title: string; publish: Publish }[] = [
      {
        title: 'a target port that is left open',
        publish: (hosts, options) =>
          byPortshift(backend)(
            hosts,
            options.map((one) => ({ ...one, direct: 'open' as const })),
          ),
      },
      {
        title: 'the recipe that everybody copies',
        publish: async (hosts, options) => {
          for (const { protocol } of options) {
            await install(hosts, classicRecipe({ protocol: protocol ?? 'tcp', port: PORT, targetPort: TARGET }));
          }
          return async () => {};
        },
      },
    ];

    for (const { title, publish } of failures) {
      it(`such a test fails for ${title}`, async function () {
        this.timeout(120_000);
        const property = fc.asyncProperty(foreignRulesets(TARGET), (ruleset) => holds(ruleset, 'drop', publish));
        const { errorInstance } = await fc.check(property, { numRuns: 20, endOnFailure: true });
        assert.ok(errorInstance instanceof assert.AssertionError, String(errorInstance));
      });
    }
  });
}
