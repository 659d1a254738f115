import assert from 'node:assert/strict';
import { openFirewall } from '../../lib';
import { readPage } from '../../lib/backends/rule-page';
import { ruleJson } from '../../lib/model/rule-json';
import type { Family, TableName } from '../../lib/model/table-rule';
import { parseSaved } from '../backends/support/saved-tables';
import { FORMER, type Former, formerRules, formerTables } from '../support/former/former';
import { Namespace } from '../support/namespace';
import { LOCK_TIMEOUT, openIn, saved } from './support/tables';

const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];
const RESTORE = { ipv4: 'iptables-legacy-restore', ipv6: 'ip6tables-legacy-restore' } as const;
const TABLES: readonly TableName[] = ['filter', 'mangle', 'nat'];

describe('Legacy tables of the version before', () => {
  let namespace: Namespace;

  beforeEach(async () => {
    namespace = await Namespace.create();
  });

  afterEach(() => namespace?.remove());

  async function restore(name: Former): Promise<void> {
    for (const family of FAMILIES) {
      await namespace.exec(RESTORE[family], ['--noflush'], { input: formerTables(name, family) });
    }
  }

  /** Both families, with the rules of each chain in order. */
  async function everything(of: Namespace): Promise<string[]> {
    const texts = await Promise.all(FAMILIES.map((family) => saved(of, family)));
    return texts
      .join('\n')
      .split('\n')
      .map((line) => line.replace(/^(:.*) \[.*/, '$1'))
      .sort();
  }

  for (const name of FORMER) {
    it(`${name}: are read as iptables-save says them`, async () => {
      await restore(name);
      const session = await openIn(namespace);
      for (const family of FAMILIES) {
        const said = parseSaved(formerTables(name, family), family);
        for (const table of TABLES) {
          const snapshot = await session.read([{ family, table }], { lockTimeout: LOCK_TIMEOUT });
          const read = readPage(snapshot.page(0, snapshot.size), snapshot.tables);
          const chains = said.find((one) => one.table === table)?.chains ?? new Map();
          const expected = [...chains].flatMap(([chain, rules]) =>
            rules.map((rule: Parameters<typeof ruleJson>[0]) => `${chain} ${ruleJson(rule)}`),
          );
          assert.deepEqual(read.map(({ chain, text }) => `${chain} ${text}`).sort(), expected.sort());
        }
      }
      await session.close();
    });

    it(`${name}: are taken over whole`, async () => {
      await restore(name);
      await using firewall = await openFirewall({ backend: 'iptc', namespace: namespace.path });
      assert.deepEqual((await firewall.rules()).map(({ text }) => text).sort(), formerRules(name));
      assert.doesNotMatch((await everything(namespace)).join('\n'), /MARK|--mark|portshift drop|-A PREROUTING .*syn/);
      await using later = await openFirewall({ backend: 'iptc', namespace: namespace.path });
      assert.deepEqual(later.repaired, []);
    });
  }

  it('become what this version makes of the same rules', async () => {
    await restore('kinds');
    await using firewall = await openFirewall({ backend: 'iptc', namespace: namespace.path });
    const texts = (await firewall.rules()).map(({ text }) => text);
    await using fresh = await Namespace.create();
    await using other = await openFirewall({ backend: 'iptc', namespace: fresh.path });
    await other.restore({ rules: texts });
    assert.deepEqual(await everything(namespace), await everything(fresh));
  });
});
