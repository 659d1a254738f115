import assert from 'node:assert/strict';
import type { IptcSession } from '../../lib/backends/table-session';
import type { Family, TableName } from '../../lib/model/table-rule';
import { Namespace } from '../support/namespace';
import { foreignRules } from './support/foreign-rules';
import { closing, commit, commitError, jumpTo, LOCK_TIMEOUT, openIn, recordsOf, saved } from './support/tables';

const BUILT_IN: Readonly<Record<TableName, string>> = {
  filter: 'INPUT',
  mangle: 'PREROUTING',
  nat: 'OUTPUT',
  raw: 'OUTPUT',
  security: 'INPUT',
};
const TABLES: readonly TableName[] = ['filter', 'mangle', 'nat'];

const accepting = (port: number) => ({ ...closing(port), target: { target: 'ACCEPT' } }) as const;

const installation = (family: Family, table: TableName, chain: string) => ({
  family,
  table,
  operations: [
    { op: 'createChain', chain },
    ...[1, 2, 3].map((port) => ({ op: 'append', chain, rule: accepting(port) }) as const),
    { op: 'insert', chain: BUILT_IN[table], rule: jumpTo(chain) },
  ] as const,
});

const removal = (family: Family, table: TableName, chain: string) => ({
  family,
  table,
  operations: [
    { op: 'delete', chain: BUILT_IN[table], rule: jumpTo(chain) },
    ...[1, 2, 3].map((port) => ({ op: 'delete', chain, rule: accepting(port) }) as const),
    { op: 'deleteChain', chain },
  ] as const,
});

for (const family of ['ipv4', 'ipv6'] as const) {
  describe(`native: foreign rules, chains, counters and policies, ${family}`, () => {
    let namespace: Namespace;
    let session: IptcSession;
    let before_: string;

    beforeEach(async () => {
      namespace = await Namespace.create();
      const restore = family === 'ipv4' ? 'iptables-legacy-restore' : 'ip6tables-legacy-restore';
      await namespace.exec(restore, ['-c'], { input: foreignRules(family) });
      session = await openIn(namespace);
      before_ = await saved(namespace, family);
      assert.ok((before_.match(/-A /g) ?? []).length > 200);
    });

    afterEach(async () => {
      await session?.close();
      await namespace?.remove();
    });

    const withoutOwn = (text: string) => text.replace(/^.*own-.*\n/gm, '');

    it('are the same while own rules are there, and after them', async () => {
      for (const chain of ['own-a', 'own-m', 'own-zz']) {
        await commit(session, ...TABLES.map((table) => installation(family, table, chain)));
        assert.equal(withoutOwn(await saved(namespace, family)), before_);
      }
      for (const chain of ['own-zz', 'own-a', 'own-m']) {
        await commit(session, ...TABLES.map((table) => removal(family, table, chain)));
      }
      assert.equal(await saved(namespace, family), before_);
    });

    it('are the same after a change that failed and was undone', async () => {
      const error = await commitError(
        session,
        ...TABLES.map((table) => installation(family, table, 'own-a')),
        removal(family, 'filter', 'own-none'),
      );
      assert.equal(error.left, 'undone');
      assert.equal(await saved(namespace, family), before_);
    });

    it('can all be read, and be deleted by what was read', async () => {
      const snapshot = await session.read(
        TABLES.map((table) => ({ family, table })),
        { lockTimeout: LOCK_TIMEOUT },
      );
      const all = recordsOf(snapshot);
      assert.equal(all.length, (before_.match(/-A /g) ?? []).length);
      const writable = all.filter(({ rule }) => rule.otherFlags !== true);
      assert.ok(writable.length > 0.9 * all.length);
      await commit(
        session,
        ...TABLES.map((table, index) => ({
          family,
          table,
          operations: writable
            .filter((each) => each.table === index)
            .map(({ chain, rule }) => ({ op: 'delete', chain, rule }) as const),
        })),
      );
      const left = (await saved(namespace, family)).match(/^.*-A .*$/gm) ?? [];
      assert.equal(left.length, all.length - writable.length);
      for (const line of left) assert.match(line, / ! -p | -f /);
    });

    it('keep what their counters count meanwhile', async () => {
      const host = family === 'ipv4' ? '127.0.0.1' : '::1';
      await namespace.exec('bash', ['-c', `for i in 1 2 3; do echo > /dev/udp/${host}/9 || true; done`]);
      const counted = await saved(namespace, family);
      assert.notEqual(counted, before_);
      await commit(session, installation(family, 'filter', 'own-a'));
      assert.equal(withoutOwn(await saved(namespace, family)), counted);
    });
  });
}
