import assert from 'node:assert/strict';
import { answersOf, isClosedToReplies } from '../../lib/model/answers';
import { UNCHANGED } from '../../lib/model/change';
import type { Entry } from '../../lib/model/entry';
import { markDrop } from '../../lib/model/mark-drop';
import { checkPublication, entriesOf } from '../../lib/model/publication';
import type { Family } from '../../lib/model/table-rule';
import { type Answer, leaves } from '../backends/support/packet-walk';
import { Random } from '../backends/support/random';
import { CONCERNED_PORTS, EDITS, randomRuleset } from '../backends/support/random-rulesets';
import { finish, Simulation } from '../backends/support/simulation';
import { stepTextsOf } from '../backends/support/step-text';
import { describeRulesets, transition } from '../backends/support/transitions';

const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];
const [SYN, SYN_ACK, ACK, RST] = [0x02, 0x12, 0x10, 0x04] as const;

const ANSWERS: readonly Answer[] = FAMILIES.flatMap((family) =>
  CONCERNED_PORTS.flatMap((port) =>
    (['eth0', 'lo'] as const).flatMap((to): Answer[] => [
      ...[SYN, SYN_ACK, ACK, RST].map((flags): Answer => ({ family, protocol: 'tcp', to, port, flags })),
      { family, protocol: 'udp', to, port },
    ]),
  ),
);

/** Whether one of these rules is what keeps it from leaving. */
function isHeldBack(entries: readonly Entry[], { family, protocol, to, port, flags }: Answer): boolean {
  return entries.some(({ rule }) => {
    if (rule.kind !== 'markDrop' || rule.protocol !== protocol || protocol === 'udp') return false;
    if (rule.family !== undefined && rule.family !== family) return false;
    if (rule.direct === 'local' && to === 'lo') return false;
    const [first = 0, last = first] = String(rule.port).split('-').map(Number);
    if (port < first || last < port) return false;
    const isRange = first !== last;
    if (isRange || rule.established === 'keep') return flags === SYN_ACK;
    return flags === SYN_ACK || flags === ACK;
  });
}

const heldBack = (tables: Simulation) => ANSWERS.map((answer) => !leaves(tables.kernel, answer));

async function installed(options: object): Promise<Simulation> {
  const tables = new Simulation();
  await tables.become(
    entriesOf(checkPublication('', { name: 'w', port: 80, targetPort: 8443, ...options }, ['ipv4', 'ipv6'])),
  );
  return tables;
}

describe('What a closed port sends that belongs to no connection', () => {
  it('is held back as far as its rule says, and what belongs to one leaves', async () => {
    const random = new Random(21);
    for (let count = 0; count < 60; count += 1) {
      const entries = [...randomRuleset(random).entries()];
      const tables = new Simulation(undefined, random.pick([1, 16]));
      await tables.become(entries);
      assert.deepEqual(
        heldBack(tables),
        ANSWERS.map((answer) => isHeldBack(entries, answer)),
        describeRulesets(entries, []),
      );
      for (const answer of ANSWERS) assert.ok(leaves(tables.kernel, { ...answer, isConnected: true }));
    }
  });

  it('is held back at every step of a change before and after which it is, and leaves where it does', async () => {
    const random = new Random(22);
    const kinds = Object.values(EDITS);
    for (let made = 0; made < 60; ) {
      const ruleset = randomRuleset(random);
      const from = [...ruleset.entries()];
      if (!random.pick(kinds)(ruleset, random)) continue;
      made += 1;
      const to = [...ruleset.entries()];
      const { moments } = await transition(from, to, [], random.pick([1, 16]));
      for (const { where, tables } of moments) {
        const now = heldBack(tables);
        for (const [index, answer] of ANSWERS.entries()) {
          const [before, after] = [isHeldBack(from, answer), isHeldBack(to, answer)];
          if (before !== after) continue;
          assert.equal(now[index], before, `${where}: ${JSON.stringify(answer)}\n${describeRulesets(from, to)}`);
        }
      }
    }
  });

  it('is what a server alone sends, where a range is closed', () => {
    const range = { direct: 'closed', established: 'drop', ranges: true } as const;
    assert.equal(answersOf({ ...range, protocol: 'tcp' }), 'syn-ack');
    assert.equal(isClosedToReplies({ ...range, protocol: 'udp' }), false);
    assert.equal(isClosedToReplies({ ...range, protocol: 'udp', ranges: false }), true);
  });
});

describe('Rules of before there were some about what a closed port sends', () => {
  for (const options of [{}, { deny: 'reject' }, { protocol: 'udp' }, { established: 'drop' }]) {
    it(`are completed in one commit for each family: ${JSON.stringify(options)}`, async () => {
      const whole = await installed(options);
      const former = await installed(options);
      for (const family of FAMILIES) {
        const chains = former.kernel.chains({ family, table: 'mangle' });
        for (const [name, rules] of chains) {
          chains.set(
            name,
            rules.filter(({ rule }) => !('chain' in rule.target && /\.(ans|lo)$/.test(rule.target.chain))),
          );
        }
        for (const name of ['portshift.ans', 'portshift.lo']) chains.delete(name);
      }
      const found = former.read();
      assert.notDeepEqual(finish(found.damage()), []);
      assert.deepEqual(
        [...found.entries.values()].map((one) => found.stateOf(one)).filter((state) => state === 'rest'),
        [],
      );
      const steps = await former.repair();
      for (const family of FAMILIES) {
        const texts = stepTextsOf(family, steps);
        assert.equal(texts.length, 1);
        assert.match(texts[0] ?? '', /^mangle: new (ans|lo); \^(OUTPUT|INPUT) jump \1; \+\1 [^;]*$/);
      }
      assert.deepEqual(heldBack(former), heldBack(whole));
      assert.deepEqual(finish(former.read().damage()), []);
      assert.deepEqual(former.plan(UNCHANGED), []);
    });
  }

  it('are left behind by none of them', async () => {
    const tables = await installed({ established: 'drop' });
    await tables.become([{ rule: markDrop({ port: 8443, direct: 'local' }) }]);
    await tables.become([]);
    for (const family of FAMILIES) {
      const names = [...tables.kernel.chains({ family, table: 'mangle' }).keys()];
      assert.deepEqual(
        names.filter((name) => name.includes('.')),
        [],
      );
    }
  });
});
