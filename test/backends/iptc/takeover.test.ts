import assert from 'node:assert/strict';
import { type Entry, entryKey, parseEntry } from '../../../lib/model/entry';
import type { Family, TableName, TableRule } from '../../../lib/model/table-rule';
import { FORMER, type Former, formerRules, formerTables } from '../../support/former/former';
import { iptablesText } from '../support/iptables-text';
import type { Fate, Probe } from '../support/packet-walk';
import { fatesAfter, fatesOf, probesOf } from '../support/probes';
import { parseSaved } from '../support/saved-tables';
import { finish, keysIn, Simulation } from '../support/simulation';
import { violations } from '../support/transitions';

const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];
const TABLES: readonly TableName[] = ['filter', 'mangle', 'nat', 'security'];

/** Ports of each of their entries, ends of ranges and places inside them, and one that none concerns. */
const PORTS: Readonly<Record<Former, readonly number[]>> = {
  kinds: [
    8445, 8443, 8045, 8043, 8145, 8143, 8165, 8163, 8245, 8243, 8345, 8343, 9000, 9005, 9443, 8545, 8543, 8645, 8643,
    8745, 8743, 8053, 5353, 8054, 5354, 9010, 5355, 7000, 7009, 7100, 7101, 22,
  ],
  many: [10_001, 20_001, 10_010, 20_010, 10_013, 20_013, 10_112, 20_112, 10_118, 20_118, 22],
};
const PROBES = { kinds: probesOf(PORTS.kinds), many: probesOf(PORTS.many) };

const NO_COUNTERS = { packets: 0, bytes: 0 };

/** Tables as the version before has left them. */
function former(name: Former): Simulation {
  const tables = new Simulation();
  for (const family of FAMILIES) {
    for (const { table, chains } of parseSaved(formerTables(name, family), family)) {
      const filled = [...chains].map(
        ([chain, rules]) => [chain, rules.map((rule) => ({ rule, counters: NO_COUNTERS }))] as const,
      );
      tables.kernel.replace({ family, table }, new Map(filled));
    }
  }
  return tables;
}

function entriesIn(name: Former): Entry[] {
  return formerRules(name).map((text) => {
    const entry = parseEntry(text);
    assert.ok(entry !== undefined, text);
    return entry;
  });
}

/** Every rule, with its place in front. */
function* rulesOf(tables: Simulation): Generator<readonly [place: string, rule: TableRule]> {
  for (const family of FAMILIES) {
    for (const table of TABLES) {
      for (const [chain, rules] of tables.kernel.chains({ family, table })) {
        for (const { rule } of rules) yield [`${family} ${table} ${chain}`, rule];
      }
    }
  }
}

const texts = (tables: Simulation) => Array.from(rulesOf(tables), ([place, rule]) => `${place} ${iptablesText(rule)}`);

/** Own chains, and the built-in ones that have rules. */
function chainsOf(tables: Simulation): string[] {
  return FAMILIES.flatMap((family) =>
    TABLES.flatMap((table) =>
      [...tables.kernel.chains({ family, table })]
        .filter(([name, rules]) => rules.length > 0 || name.includes('.'))
        .map(([name]) => `${family} ${table} ${name}`),
    ),
  ).sort();
}

async function installed(entries: readonly Entry[]): Promise<Simulation> {
  const tables = new Simulation();
  await tables.become(entries);
  return tables;
}

/** Repairs, and answers what became of the probes at each step, and the tables of then. */
async function repaired(
  tables: Simulation,
  probes: readonly Probe[],
): Promise<{ where: string; fates: readonly Fate[]; tables: Simulation }[]> {
  const moments: { where: string; fates: readonly Fate[]; tables: Simulation }[] = [];
  let last = fatesOf(tables.kernel, probes);
  tables.kernel.onStep = ({ family, table }) => {
    last = fatesAfter(tables.kernel, family, probes, last);
    moments.push({ where: `${moments.length + 1}, ${family} ${table}`, fates: last, tables: tables.fork() });
  };
  await tables.repair();
  tables.kernel.onStep = undefined;
  return moments;
}

describe('Rules of the version before', () => {
  for (const name of FORMER) {
    it(`${name}: are read as the entries that they were, of which none is a rest`, () => {
      const found = former(name).read();
      assert.deepEqual(keysIn(found), formerRules(name));
      const rests = [...found.entries.values()].filter((one) => found.stateOf(one) === 'rest');
      assert.deepEqual(
        rests.map(({ entry }) => entryKey(entry)),
        [],
      );
      assert.notDeepEqual(finish(found.damage()), []);
    });

    it(`${name}: are what this version would have made, after one repair`, async () => {
      const tables = former(name);
      await tables.repair();
      const found = tables.read();
      assert.deepEqual(finish(found.damage()), []);
      assert.deepEqual(keysIn(found), formerRules(name));
      assert.deepEqual(tables.plan({ added: [], removed: [] }), []);
      const fresh = await installed(entriesIn(name));
      assert.deepEqual(fatesOf(tables.kernel, PROBES[name]), fatesOf(fresh.kernel, PROBES[name]));
      // Those of many ports may lie in other chains of their trees.
      if (name === 'many') {
        const atHooks = (one: Simulation) => texts(one).filter((text) => !text.includes(' portshift.'));
        assert.deepEqual(atHooks(tables).sort(), atHooks(fresh).sort());
      } else {
        assert.deepEqual(texts(tables).sort(), texts(fresh).sort());
        assert.deepEqual(chainsOf(tables), chainsOf(fresh));
      }
    });

    it(`${name}: leave every public port reachable and every closed one closed, at each step of it`, async () => {
      const tables = former(name);
      const before = fatesOf(tables.kernel, PROBES[name]);
      // As they were meant to be.
      assert.deepEqual(before, fatesOf((await installed(entriesIn(name))).kernel, PROBES[name]));
      const moments = await repaired(tables, PROBES[name]);
      assert.ok(moments.length > 2);
      const after = moments.at(-1)?.fates ?? [];
      assert.deepEqual(after, before);
      assert.deepEqual(
        moments.flatMap((moment) => violations({ before, after }, moment, PROBES[name])),
        [],
      );
    });

    it(`${name}: are taken over all the same where that is cut short at any step`, async () => {
      const moments = await repaired(former(name), []);
      for (const { where, tables } of moments) {
        await tables.repair();
        const found = tables.read();
        assert.deepEqual(finish(found.damage()), [], where);
        assert.deepEqual(keysIn(found), formerRules(name), where);
      }
    });
  }

  it('leave rules of others where they are, in chains of ours as well', async () => {
    const tables = former('kinds');
    const foreign = { rule: { matches: [], source: { address: '10.1.2.3', mask: '255.255.255.255' } }, port: 1 };
    const rule: TableRule = { ...foreign.rule, target: { target: 'ACCEPT' } };
    for (const [table, chain] of [
      ['filter', 'INPUT'],
      ['filter', 'portshift.in'],
      ['mangle', 'PREROUTING'],
      ['mangle', 'portshift.syn'],
      ['mangle', 'portshift.udp'],
      ['nat', 'portshift.pre'],
      ['nat', 'portshift.out'],
    ] as const) {
      tables.kernel.chains({ family: 'ipv4', table }).get(chain)?.unshift({ rule, counters: NO_COUNTERS });
    }
    const others = () => texts(tables).filter((text) => text.endsWith('-j ACCEPT'));
    const before = others();
    assert.equal(before.length, 7);
    await tables.repair();
    assert.deepEqual(others(), before);
    assert.deepEqual(finish(tables.read().damage()), []);
    assert.deepEqual(keysIn(tables.read()), formerRules('kinds'));
    await tables.become([]);
    assert.deepEqual(
      texts(tables).filter((text) => text.endsWith('-j ACCEPT')),
      before,
    );
  });

  it('of a published port that was being withdrawn, or is damaged, are no more than before', async () => {
    for (const [table, chain] of [
      ['nat', 'portshift.pre'],
      ['mangle', 'portshift.syn'],
    ] as const) {
      const tables = former('kinds');
      const [first] = tables.kernel.chains({ family: 'ipv4', table }).get(chain) ?? [];
      tables.kernel.chains({ family: 'ipv4', table }).get(chain)?.shift();
      assert.ok(first !== undefined);
      await tables.repair();
      assert.deepEqual(finish(tables.read().damage()), []);
      const keys = keysIn(tables.read());
      // Without its redirect it is gone; a closing rule that is amiss is made again from the redirect.
      assert.equal(keys.includes('redirect tcp 8445>8443 name=web'), table === 'mangle');
      assert.equal(keys.includes('markDrop tcp 8443 name=web'), table === 'mangle');
    }
  });
});
