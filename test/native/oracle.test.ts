import assert from 'node:assert/strict';
import { readPage } from '../../lib/backends/rule-page';
import type { IptcSession } from '../../lib/backends/table-session';
import { ruleJson } from '../../lib/model/rule-json';
import type { Family, TableName } from '../../lib/model/table-rule';
import { Namespace } from '../support/namespace';
import { EntryDump } from './support/entries';
import { ORACLE_CHAINS, type OracleRule, oracleRules } from './support/oracle-rules';
import { commit, LOCK_TIMEOUT, openIn, read, saved } from './support/tables';

const TABLES: readonly TableName[] = ['nat', 'mangle', 'filter', 'security'];

async function installOurs(session: IptcSession, family: Family, rules: readonly OracleRule[]): Promise<void> {
  await commit(
    session,
    ...TABLES.map((table) => ({
      family,
      table,
      operations: [
        ...ORACLE_CHAINS.map((chain) => ({ op: 'createChain', chain }) as const),
        ...rules
          .filter((each) => each.table === table)
          .map(({ chain, rule }) => ({ op: 'append', chain, rule }) as const),
      ],
    })),
  );
}

async function installTheirs(namespace: Namespace, family: Family, rules: readonly OracleRule[]): Promise<void> {
  const iptables = family === 'ipv4' ? 'iptables-legacy' : 'ip6tables-legacy';
  const commands = [
    ...TABLES.flatMap((table) => ORACLE_CHAINS.map((chain) => `${iptables} -t ${table} -N ${chain}`)),
    ...rules.map(({ table, chain, iptables: args }) => `${iptables} -t ${table} -A ${chain} ${args}`),
  ];
  await namespace.exec('sh', ['-ec', commands.join('\n')]);
}

for (const family of ['ipv4', 'ipv6'] as const) {
  describe(`native: rules as the real iptables installs them, ${family}`, () => {
    const rules = oracleRules(family);
    let ours: Namespace;
    let theirs: Namespace;
    let dump: EntryDump;
    let session: IptcSession;
    let sessionOnTheirs: IptcSession;

    before(async () => {
      [ours, theirs, dump] = await Promise.all([Namespace.create(), Namespace.create(), EntryDump.build()]);
      [session, sessionOnTheirs] = await Promise.all([openIn(ours), openIn(theirs)]);
      await Promise.all([installOurs(session, family, rules), installTheirs(theirs, family, rules)]);
    });

    after(async () => {
      await Promise.all([session.close(), sessionOnTheirs.close()]);
      await Promise.all([ours.remove(), theirs.remove()]);
      dump.remove();
    });

    it('the kernel holds the same bytes', async () => {
      for (const table of TABLES) {
        const [actual, expected] = await Promise.all([ours, theirs].map((each) => dump.of(each, family, table)));
        assert.ok(expected !== undefined && expected.length > rules.filter((each) => each.table === table).length);
        assert.deepEqual(actual, expected, table);
      }
    });

    it('iptables-save prints the same text', async () => {
      assert.equal(await saved(ours, family, []), await saved(theirs, family, []));
    });

    it('the same fingerprint', async () => {
      for (const table of TABLES) {
        const [actual, expected] = await Promise.all(
          [session, sessionOnTheirs].map((each) => read(each, table, family)),
        );
        assert.equal(actual?.tables[0]?.fingerprint, expected?.tables[0]?.fingerprint);
      }
    });

    for (const { table, chain, rule, iptables } of rules) {
      it(`reads -t ${table} -A ${chain} ${iptables.slice(0, 150)}`, async () => {
        const snapshot = await sessionOnTheirs.read([{ family, table }], { lockTimeout: LOCK_TIMEOUT });
        const all = readPage(snapshot.page(0, snapshot.size), snapshot.tables);
        for (const each of all) assert.equal(each.text, ruleJson(each.rule));
        const found = all.filter((each) => each.chain === chain);
        assert.ok(
          found.some((each) => equal(each.rule, rule)),
          `not among ${JSON.stringify(found)}`,
        );
      });
    }

    it('deletes each of them by value, whoever installed it', async () => {
      for (const each of [session, sessionOnTheirs]) {
        await commit(
          each,
          ...TABLES.map((table) => ({
            family,
            table,
            operations: [
              ...rules
                .filter((rule) => rule.table === table)
                .map(({ chain, rule }) => ({ op: 'delete', chain, rule }) as const),
              ...ORACLE_CHAINS.map((chain) => ({ op: 'deleteChain', chain }) as const),
            ],
          })),
        );
      }
      for (const namespace of [ours, theirs]) assert.doesNotMatch(await saved(namespace, family), /-A|own/);
    });
  });
}

function equal(actual: unknown, expected: unknown): boolean {
  try {
    assert.deepEqual(actual, expected);
    return true;
  } catch {
    return false;
  }
}
