import assert from 'node:assert/strict';
import { ROOM } from '../../../lib/backends/iptc/installed';
import { type Entry, entryKey } from '../../../lib/model/entry';
import type { Probe } from '../support/packet-walk';
import { fatesAfter, probesOf } from '../support/probes';
import { Random } from '../support/random';
import { CONCERNED_PORTS, EDITS, randomRuleset } from '../support/random-rulesets';
import { finish, keysIn } from '../support/simulation';
import { describeRulesets, type Moment, type Transition, transition, violations } from '../support/transitions';

const PROBES = probesOf(CONCERNED_PORTS);
const CHANGES = 20;

/** Rules side by side; or in chains by port, all of them or those that come late. */
const ROOMS = [ROOM, 1, 2];

/** Which bits are set on what is denied, if any, makes no difference. */
const MARKS = [undefined, { value: 0x1000, mask: 0x1000 }];

/** Names as they are by default: what has another port is another published port. */
const DEFAULT_NAMES = [undefined, undefined, undefined];

describe('A change that is cut short at any step', () => {
  for (const [kind, edit] of Object.entries(EDITS)) {
    it(`${kind}: is completed or undone by the next repair, which breaks no promise either`, async () => {
      const random = new Random(21);
      for (let made = 0; made < CHANGES; ) {
        const ruleset = randomRuleset(random);
        const from = [...ruleset.entries()];
        if (!edit(ruleset, random)) continue;
        const to = [...ruleset.entries()];
        const change = await transition(from, to, PROBES, random.pick(ROOMS), MARKS[made % 2]);
        for (const moment of change.moments) {
          assert.deepEqual(
            await repairAt(change, moment, PROBES),
            [],
            `${moment.where}\n${describeRulesets(from, to)}`,
          );
          assertEither(moment, from, to);
        }
        made += 1;
      }
    });
  }

  it('any ruleset to any other: nothing is left in pieces, and no promise to new connections is broken', async () => {
    const random = new Random(22);
    const probes = PROBES.filter(({ connection }) => connection === 'new');
    for (let made = 0; made < 2 * CHANGES; made += 1) {
      const from = [...randomRuleset(random, DEFAULT_NAMES).entries()];
      const to = [...randomRuleset(random, DEFAULT_NAMES).entries()];
      const change = await transition(from, to, probes, random.pick(ROOMS));
      for (const moment of change.moments) {
        assert.deepEqual(await repairAt(change, moment, probes), [], `${moment.where}\n${describeRulesets(from, to)}`);
      }
    }
  });
});

/** Repairs the tables as they were at that moment; answers what it broke on the way. */
async function repairAt(
  change: Transition,
  { where, tables, fates }: Moment,
  probes: readonly Probe[],
): Promise<string[]> {
  const broken: string[] = [];
  let last = fates;
  tables.kernel.onStep = ({ family, table }) => {
    last = fatesAfter(tables.kernel, family, probes, last);
    broken.push(...violations(change, { where: `${where}, repaired in ${family} ${table}`, fates: last }, probes));
  };
  await tables.repair();
  assert.deepEqual(finish(tables.read().damage()), []);
  return broken;
}

/** Nothing but the ruleset of before or the one of after is installed. */
function assertEither({ where, tables }: Moment, from: readonly Entry[], to: readonly Entry[]): void {
  const left = keysIn(tables.read()).join('\n');
  const either = [from, to].map((entries) => entries.map(entryKey).sort().join('\n'));
  assert.ok(either.includes(left), `${where} left\n${left}\n${describeRulesets(from, to)}`);
}
