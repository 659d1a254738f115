import assert from 'node:assert/strict';
import { TRACKING_RULE } from '../../../lib/backends/iptc/chains';
import { type Entry, entryKey } from '../../../lib/model/entry';
import { loopback } from '../../../lib/model/loopback';
import { markDrop } from '../../../lib/model/mark-drop';
import { redirect } from '../../../lib/model/redirect';
import type { Family, TableName, TableRule } from '../../../lib/model/table-rule';
import { finish, Simulation } from '../support/simulation';

const ENTRIES: readonly Entry[] = [
  { rule: redirect({ port: 80, targetPort: 8443 }) },
  { rule: loopback({ port: 80, targetPort: 8443, destination: '192.0.2.7' }) },
  { rule: markDrop({ port: 8443, deny: 'reject' }) },
  { rule: markDrop({ protocol: 'udp', port: 53, established: 'drop' }) },
];

let tables: Simulation;

beforeEach(async () => {
  tables = new Simulation();
  await tables.become(ENTRIES);
});

/** The rules of one chain, to look at and to tamper with. */
function chain(family: Family, table: TableName, name: string) {
  const rules = tables.kernel.chains({ family, table }).get(name);
  assert.ok(rules !== undefined, `no chain ${name}`);
  return rules;
}

function states(): Record<string, string> {
  const installed = tables.read();
  const states = Array.from(
    installed.entries.values(),
    (one) => [entryKey(one.entry), installed.stateOf(one)] as const,
  );
  return Object.fromEntries(states);
}

/** Repairs, and checks that everything is as it was before somebody tampered with it. */
async function assertRepaired(): Promise<void> {
  await tables.repair();
  assert.deepEqual(finish(tables.read().damage()), []);
  assert.deepEqual(Object.keys(states()).sort(), ENTRIES.map(entryKey).sort());
}

describe('Installed rules that are read', () => {
  it('are the entries that were written, each whole', () => {
    assert.deepEqual(states(), Object.fromEntries(ENTRIES.map((entry) => [entryKey(entry), 'whole'])));
    assert.deepEqual(finish(tables.read().damage()), []);
  });

  it('are the same after a second of the same owner reads them: nothing is planned', () => {
    assert.deepEqual(tables.plan({ added: [], removed: [] }), []);
  });

  it('carry what the kernel counted where it is decided, in both families together', () => {
    for (const family of ['ipv4', 'ipv6'] as const) {
      for (const [table, name] of [
        ['nat', 'portshift.pre'],
        ['mangle', 'portshift.udp'],
        ['filter', 'portshift.in'],
        ['security', 'portshift.sec'],
      ] as const) {
        const rules = chain(family, table, name);
        for (const [index, { rule }] of rules.entries()) rules[index] = { rule, counters: { packets: 7, bytes: 1 } };
      }
    }
    const packets = [...tables.read().entries.values()].map((one) => [entryKey(one.entry), one.packets]);
    assert.deepEqual(packets.filter(([, count]) => count !== 0).sort(), [
      // What REJECT answered, and what the DROP behind it denied instead.
      ['markDrop tcp 8443 opt=reject', 28],
      ['markDrop udp 53 opt=cut', 14],
      ['redirect tcp 80>8443', 14],
    ]);
  });

  it('are begun where the deciding rule is there, and a rest where it is not', () => {
    chain('ipv6', 'nat', 'portshift.pre').pop();
    assert.equal(states()['redirect tcp 80>8443'], 'begun');
    chain('ipv4', 'security', 'portshift.sec').pop();
    assert.equal(states()['markDrop tcp 8443 opt=reject'], 'begun');
    assert.deepEqual(finish(tables.read().damage()), [
      'ipv4 portshift.sec is empty',
      '"markDrop tcp 8443 opt=reject" is incomplete',
      '"redirect tcp 80>8443" is incomplete',
    ]);
  });
});

describe('Damage by a foreign hand is found and repaired:', () => {
  it('a missing jump', async () => {
    chain('ipv4', 'filter', 'INPUT').pop();
    assert.deepEqual(finish(tables.read().damage()), ['the jump to ipv4 portshift.in is missing']);
    await assertRepaired();
  });

  it('a jump that was altered, or doubled', async () => {
    const jumps = chain('ipv6', 'mangle', 'INPUT');
    const [jump] = jumps;
    assert.ok(jump !== undefined);
    jumps[0] = { ...jump, rule: { ...jump.rule, source: { address: '::1', mask: '::1' } } };
    jumps.push(...jumps);
    assert.deepEqual(finish(tables.read().damage()), [
      'ipv6 mangle INPUT holds a rule that is out of place',
      'ipv6 mangle INPUT holds a rule that is out of place',
      'ipv6 mangle INPUT holds a rule that is out of place',
      'the jump to ipv6 portshift.udp is missing',
    ]);
    await assertRepaired();
    assert.equal(chain('ipv6', 'mangle', 'INPUT').length, 2);
  });

  it('a rule that was altered', async () => {
    const rules = chain('ipv4', 'nat', 'portshift.pre');
    const last = rules.pop();
    assert.ok(last !== undefined);
    rules.push({ ...last, rule: { ...last.rule, target: { target: 'ACCEPT' } } });
    assert.deepEqual(finish(tables.read().damage()), [
      'ipv4 nat portshift.pre holds a rule that is out of place',
      '"redirect tcp 80>8443" is incomplete',
    ]);
    await tables.repair();
    assert.deepEqual(finish(tables.read().damage()), []);
  });

  it('a rule that was doubled', async () => {
    const rules = chain('ipv4', 'mangle', 'portshift.udp');
    rules.push(...rules);
    assert.deepEqual(finish(tables.read().damage()), ['ipv4 mangle portshift.udp holds a rule that is out of place']);
    await assertRepaired();
  });

  it('a DROP behind a REJECT that is missing, doubled or altered', async () => {
    const drops = chain('ipv4', 'security', 'portshift.sec');
    const drop = drops.pop();
    assert.ok(drop !== undefined && drop.rule.target.target === 'DROP');
    assert.deepEqual(finish(tables.read().damage()), [
      'ipv4 portshift.sec is empty',
      '"markDrop tcp 8443 opt=reject" is incomplete',
    ]);
    chain('ipv4', 'security', 'portshift.sec').push(drop, drop, {
      ...drop,
      rule: { ...drop.rule, target: { target: 'ACCEPT' } },
    });
    assert.deepEqual(
      finish(tables.read().damage()),
      new Array(2).fill('ipv4 security portshift.sec holds a rule that is out of place'),
    );
    await assertRepaired();
    assert.deepEqual(
      chain('ipv4', 'security', 'portshift.sec').map(({ rule }) => rule),
      [drop.rule],
    );
  });

  it('a closed port without its REJECT, or without the DROP behind it, stays closed', async () => {
    for (const [table, name] of [
      ['security', 'portshift.sec'],
      ['filter', 'portshift.in'],
    ] as const) {
      for (const family of ['ipv4', 'ipv6'] as const) chain(family, table, name).pop();
      await assertRepaired();
    }
  });

  it('a chain that was emptied', async () => {
    chain('ipv6', 'nat', 'portshift.out').splice(0);
    assert.ok(finish(tables.read().damage()).includes('ipv6 portshift.out is empty'));
    await assertRepaired();
  });

  it('a comment of ours that says nothing we know', async () => {
    const rule: TableRule = { matches: [{ match: 'comment', comment: 'portshift x' }], target: { target: 'DROP' } };
    chain('ipv4', 'filter', 'portshift.in').unshift({ rule, counters: { packets: 0, bytes: 0 } });
    assert.deepEqual(finish(tables.read().damage()), ['ipv4 filter portshift.in holds a rule that is out of place']);
    await assertRepaired();
  });
});

describe('What is foreign', () => {
  const counters = { packets: 5, bytes: 300 };
  const foreign = { rule: { matches: [], target: { target: 'DROP' } } as const, counters };
  const jump = { rule: { matches: [], target: { target: 'jump', chain: 'portshift-x' } } as const, counters };

  it('is no damage, in built-in chains or even in our own', () => {
    chain('ipv4', 'filter', 'INPUT').unshift(foreign, jump);
    chain('ipv4', 'mangle', 'portshift.udp').unshift(foreign);
    chain('ipv4', 'nat', 'portshift.pre').push(foreign);
    assert.deepEqual(tables.read().intruders, [
      'ipv4 portshift.udp holds a rule of others',
      'ipv4 portshift.pre holds a rule of others',
    ]);
    assert.deepEqual(finish(tables.read().damage()), []);
    assert.deepEqual(states(), Object.fromEntries(ENTRIES.map((entry) => [entryKey(entry), 'whole'])));
  });

  it('stays when everything of ours goes, and so does a chain of ours that holds it', async () => {
    chain('ipv4', 'filter', 'INPUT').unshift(foreign, jump);
    chain('ipv4', 'nat', 'portshift.pre').unshift(foreign);
    await tables.become([]);
    assert.deepEqual(chain('ipv4', 'filter', 'INPUT'), [foreign, jump]);
    assert.deepEqual(chain('ipv4', 'nat', 'portshift.pre'), [foreign]);
    assert.equal(tables.kernel.chains({ family: 'ipv6', table: 'nat' }).has('portshift.pre'), false);
  });
});

describe('The rule that keeps connection tracking on', () => {
  it('is known, and is no entry', async () => {
    const nat = tables.kernel.chains({ family: 'ipv4', table: 'nat' });
    nat.set('portshift.keep', [{ rule: TRACKING_RULE, counters: { packets: 0, bytes: 0 } }]);
    assert.deepEqual([...tables.read().tracking], [['ipv4', { rule: true }]]);
    assert.deepEqual(finish(tables.read().damage()), []);
    await assertRepaired();
    assert.equal(tables.kernel.chains({ family: 'ipv4', table: 'nat' }).has('portshift.keep'), false);
  });
});
