import assert from 'node:assert/strict';
import { ROOM } from '../../../lib/backends/iptc/installed';
import type { Entry } from '../../../lib/model/entry';
import type { Mark } from '../../../lib/model/mark';
import { probesOf } from '../support/probes';
import { Random } from '../support/random';
import { CONCERNED_PORTS, EDITS, randomRuleset } from '../support/random-rulesets';
import { describeRulesets, transition, violations } from '../support/transitions';

const PROBES = probesOf(CONCERNED_PORTS);

/** Rules side by side; or in chains by port, all of them or those that come late. */
const ROOMS = [ROOM, 1, 2];

/** Which bits are set on what is denied, if any, makes no difference. */
const MARKS = [undefined, { value: 0x1000, mask: 0x1000 }];

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
        await check(from, [...ruleset.entries()], random.pick(ROOMS), MARKS[made % 2]);
        made += 1;
      }
    });
  }

  it('from any ruleset to any other', async () => {
    const random = new Random(12);
    for (let made = 0; made < 2 * CHANGES; made += 1) {
      const [from, to] = [[...randomRuleset(random).entries()], [...randomRuleset(random).entries()]];
      await check(from, to, random.pick(ROOMS), MARKS[made % 2]);
    }
  });
});

async function check(from: readonly Entry[], to: readonly Entry[], room: number, mark?: Mark): Promise<void> {
  const change = await transition(from, to, PROBES, room, mark);
  const broken = change.moments.flatMap((moment) => violations(change, moment, PROBES));
  assert.deepEqual(broken, [], `${broken.slice(0, 8).join('\n')}\n${describeRulesets(from, to)}`);
}
