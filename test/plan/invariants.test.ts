import assert from 'node:assert/strict';
import { probesOf } from './support/probes';
import { Random } from './support/random';
import { CONCERNED_PORTS, EDITS, randomRuleset } from './support/random-rulesets';
import { describeRulesets, transition, violations } from './support/transitions';

const PROBES = probesOf(CONCERNED_PORTS);

/** How many changes of each kind. */
const CHANGES = 30;

describe('At every step of a change, what works before and after works, and what is denied before and after is denied', () => {
  for (const [kind, edit] of Object.entries(EDITS)) {
    it(`${kind}`, async () => {
      const random = new Random(11);
      for (let made = 0; made < CHANGES; ) {
        const ruleset = randomRuleset(random);
        const from = [...ruleset.entries()];
        if (!edit(ruleset, random)) continue;
        await check(from, [...ruleset.entries()]);
        made += 1;
      }
    });
  }

  it('from any ruleset to any other', async () => {
    const random = new Random(12);
    for (let made = 0; made < 2 * CHANGES; made += 1) {
      await check([...randomRuleset(random).entries()], [...randomRuleset(random).entries()]);
    }
  });
});

async function check(from: Parameters<typeof transition>[0], to: Parameters<typeof transition>[1]): Promise<void> {
  const change = await transition(from, to, PROBES);
  const broken = change.moments.flatMap((moment) => violations(change, moment, PROBES));
  assert.deepEqual(broken, [], `${broken.slice(0, 8).join('\n')}\n${describeRulesets(from, to)}`);
}
