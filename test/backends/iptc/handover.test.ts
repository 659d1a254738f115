import assert from 'node:assert/strict';
import { ROOM } from '../../../lib/backends/iptc/installed';
import { type Entry, entryKey } from '../../../lib/model/entry';
import type { PublishOptions } from '../../../lib/model/publication';
import { CLOSING_PORTS, type Handover, handovers } from '../support/handovers';
import { fatesAfter, probesOf } from '../support/probes';
import { Random } from '../support/random';
import { randomRuleset } from '../support/random-rulesets';
import { finish, keysIn, type Simulation } from '../support/simulation';
import { describeRulesets, type Moment, type Transition, transition, violations } from '../support/transitions';

/** How many times as many changes as by default. */
const TIMES = Number(process.env['PORTSHIFT_HANDOVERS_TIMES'] ?? 1);

const PROBES = probesOf(CLOSING_PORTS).filter(({ protocol, connection }) => protocol === 'tcp' && connection === 'new');
const OPTIONS: readonly Partial<PublishOptions>[] = [
  { loopback: false },
  { direct: 'open' },
  { deny: 'reject', established: 'drop' },
];

describe('A change that hands names and ports around, and is cut short at any step', () => {
  it('is completed or undone, between two services', async () => {
    for (const handover of handovers(2)) await checkCuts(handover);
  });

  for (const options of OPTIONS) {
    it(`is completed or undone, between two services, ${JSON.stringify(options)}`, async () => {
      for (const handover of some(handovers(2, options), 200)) await checkCuts(handover);
    });
  }

  it('is completed or undone, between three services', async () => {
    for (const handover of some(handovers(3), 3)) await checkCuts(handover);
  });

  it('is completed or undone, whatever the published ports are', async () => {
    const random = new Random(31);
    for (let made = 0; made < 50 * TIMES; ) {
      const [from, to] = [published(random), published(random)];
      if (from.length === 0 || to.length === 0) continue;
      await checkCuts({ from, to }, random.pick([ROOM, 1, 2]));
      made += 1;
    }
  });

  it('is completed or undone where the repair is cut short as well', async () => {
    for (const handover of some(handovers(2), 100)) {
      const { moments } = await transition(handover.from, handover.to, []);
      for (const { tables, where } of moments) {
        for (const [step, again] of (await snapshots(tables)).entries()) {
          await again.repair();
          assertEither(again, handover, `${where}, again after step ${step + 1} of its repair`);
        }
      }
    }
  });

  it('opens no closed port and closes no open one, and neither does its repair', async () => {
    for (const { from, to } of some(handovers(2), 100)) {
      const change = await transition(from, to, PROBES);
      for (const moment of change.moments) {
        assert.deepEqual(
          [...violations(change, moment, PROBES), ...(await violationsOfRepair(change, moment))],
          [],
          describeRulesets(from, to),
        );
      }
    }
  });
});

/** As many of a thousand, from everywhere. */
function* some<T>(all: Iterable<T>, share: number): Generator<T> {
  let index = 0;
  for (const one of all) {
    if ((index * 377) % 1000 < share * TIMES) yield one;
    index += 1;
  }
}

/** Published ports of all kinds, without rules that have no name. */
function published(random: Random): Entry[] {
  return [...randomRuleset(random).entries()].filter(({ name }) => name !== undefined);
}

async function checkCuts(handover: Handover, room = ROOM): Promise<void> {
  const { moments } = await transition(handover.from, handover.to, [], room);
  for (const { tables, where } of moments) {
    await tables.repair();
    assertEither(tables, handover, where);
  }
}

/** The tables after each step of a repair but the last. */
async function snapshots(tables: Simulation): Promise<Simulation[]> {
  const found: Simulation[] = [];
  tables.kernel.onStep = () => found.push(tables.fork());
  await tables.repair();
  return found.slice(0, -1);
}

function assertEither(tables: Simulation, { from, to }: Handover, where: string): void {
  const installed = tables.read();
  const left = keysIn(installed).join('\n');
  const either = [from, to].map((entries) => entries.map(entryKey).sort().join('\n'));
  assert.ok(either.includes(left), `${where} left\n${left}\n${describeRulesets(from, to)}`);
  assert.deepEqual(finish(installed.damage()), []);
}

async function violationsOfRepair(change: Transition, { where, tables, fates }: Moment): Promise<string[]> {
  const broken: string[] = [];
  let last = fates;
  tables.kernel.onStep = ({ family, table }) => {
    last = fatesAfter(tables.kernel, family, PROBES, last);
    broken.push(...violations(change, { where: `${where}, repaired in ${family} ${table}`, fates: last }, PROBES));
  };
  await tables.repair();
  return broken;
}
