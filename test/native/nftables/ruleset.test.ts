import assert from 'node:assert/strict';
import { loadAddon } from '../../../lib/backends/addon';
import type { NftAddon, NftItem, NftSession } from '../../../lib/backends/nft/addon';
import { collectRuleset } from '../../../lib/backends/nft/read-ruleset';
import { commentOf, type NftRuleset, type RulesetElement } from '../../../lib/backends/nft/ruleset';
import { sliced } from '../../../lib/util/slices';
import { debugText } from './expression-text';
import { FOREIGN_RULES, FOREIGN_TABLES, IPTABLES_RULES } from './foreign-tables';
import { installAll, NftHost } from './support';

type Listed = Readonly<Record<string, string | number>>;

/** What `nft -j list ruleset` has of one kind. */
async function listed(host: NftHost, kind: 'chain' | 'rule' | 'set' | 'map'): Promise<readonly Listed[]> {
  const { nftables } = JSON.parse(await host.nft('-j', 'list', 'ruleset')) as {
    readonly nftables: readonly Readonly<Record<string, Listed>>[];
  };
  return nftables.flatMap((one): Listed[] => (one[kind] === undefined ? [] : [one[kind]]));
}

/** Chains of a rule's own, in braces: nft lists them with the rule. */
const isNamed = ({ chain }: { readonly chain: string }) => !chain.startsWith('__chain');

const nameOf = ({ family, table, chain, handle }: { family: string; table: string; chain: string; handle: number }) =>
  `${family} ${table} ${chain} ${handle}`;

/** Rule by rule, the expressions that `nft --debug=netlink list ruleset` prints. */
async function debugged(host: NftHost): Promise<ReadonlyMap<string, readonly string[]>> {
  const rules = new Map<string, string[]>();
  let expressions: string[] = [];
  for (const line of (await host.nft('--debug=netlink', 'list', 'ruleset')).split('\n')) {
    const rule = /^(\w+ \w+ \w+ \d+)(?: \d+)* *$/.exec(line)?.[1];
    const expression = /^ {2}\[ (.*) \] *$/.exec(line)?.[1];
    if (rule !== undefined) {
      expressions = [];
      rules.set(rule, expressions);
    } else if (expression !== undefined) expressions.push(expression.trim());
  }
  return rules;
}

describe('The whole ruleset of nf_tables', () => {
  const addon = loadAddon<NftAddon>('nft');
  let host: NftHost;
  let session: NftSession;

  beforeEach(async () => {
    host = await NftHost.create();
    session = await addon.open({ namespace: host.namespace.path });
  });

  afterEach(async () => {
    await session.close();
    await host.remove();
  });

  const read = async (): Promise<NftRuleset> => sliced(collectRuleset(await session.ruleset()));

  async function install(): Promise<void> {
    const rules = FOREIGN_RULES.map(([chain, rule]) => `add rule inet foreign ${chain} ${rule}\n`);
    await host.load(`${FOREIGN_TABLES}${rules.join('')}`);
    for (const rule of IPTABLES_RULES) await host.namespace.exec('iptables-nft', rule.split(' '));
    for (const rule of IPTABLES_RULES.slice(0, -1)) await host.namespace.exec('ip6tables-nft', rule.split(' '));
  }

  it('is empty where there is none', async () => {
    assert.deepEqual(await read(), { generation: 1, chains: [], rules: [], sets: [] });
  });

  it('has the chains that nft lists', async () => {
    await install();
    const { chains } = await read();
    assert.deepEqual(
      chains.filter(isNamed).map(({ family, table, chain, handle, type, hook, priority, policy }) => ({
        ...{ family, table, name: chain, handle },
        ...(hook !== undefined && { type, hook, prio: priority, policy }),
      })),
      await listed(host, 'chain'),
    );
    assert.deepEqual(
      chains.filter(({ dormant }) => dormant).map(({ table }) => table),
      ['asleep'],
    );
    assert.deepEqual(
      chains.flatMap(({ chain, devices }) => (devices === undefined ? [] : [[chain, ...devices]])),
      [
        ['d', 'lo'],
        ['ing', 'lo'],
      ],
    );
    const hooks = chains.filter(({ table }) => table === 'others').map(({ hook }) => hook);
    assert.deepEqual(hooks, ['ingress', 'output', 'postrouting']);
  });

  it('has the rules that nft lists, in that order, with their comments', async () => {
    await install();
    const { rules } = await read();
    const names = (all: readonly Listed[]) => all.map(({ comment, ...rule }) => [nameOf(rule as never), comment]);
    const own = rules.filter(isNamed);
    assert.deepEqual(names(own as never), names(await listed(host, 'rule')));
    assert.equal(own.filter(({ comment }) => comment === 'foo').length, 1);
  });

  it('has every expression as nft prints it', async () => {
    await install();
    const { rules } = await read();
    const expected = await debugged(host);
    assert.ok(expected.size > FOREIGN_RULES.length + IPTABLES_RULES.length);
    assert.deepEqual(
      new Map(rules.map((rule) => [nameOf(rule), rule.expressions.map(debugText)])),
      new Map(rules.map((rule) => [nameOf(rule), expected.get(nameOf(rule))])),
    );
    assert.equal(rules.length, expected.size);
  });

  it('has the sets and maps that nft lists, and their elements', async () => {
    await install();
    const { sets } = await read();
    const [lists, maps] = [await listed(host, 'set'), await listed(host, 'map')];
    const named = sets.filter(({ anonymous }) => !anonymous);
    assert.deepEqual(
      named.map(({ family, table, set, handle }) => `${family} ${table} ${set} ${handle}`).sort(),
      [...lists, ...maps].map(({ family, table, name, handle }) => `${family} ${table} ${name} ${handle}`).sort(),
    );
    assert.equal(sets.filter(({ anonymous }) => anonymous).length, 6);
    const elements = Object.fromEntries(
      named.map((set): [string, RulesetElement[]] => {
        assert.equal(set.elements.length, set.size);
        return [set.set, [...set.elements].sort((a, b) => a.key.localeCompare(b.key) || (a.ends ? -1 : 1))];
      }),
    );
    const interface0 = Buffer.alloc(16);
    interface0.write('eth0');
    const range = (first: string, after: string) => [{ key: first }, { key: after, ends: true }];
    const counted = { expr: 'counter', packets: 3, bytes: 99 } as const;
    assert.deepEqual(elements['v'], [
      { key: '', catchall: true, verdict: { verdict: 'drop' } },
      { key: '0050', verdict: { verdict: 'accept' }, comment: 'hi' },
      { key: '0051', verdict: { verdict: 'jump', chain: 'c' } },
    ]);
    assert.deepEqual(elements['s'], [
      { key: '00000000', ends: true },
      ...range('0a000000', '0b000000'),
      ...range('c0a80001', 'c0a80008'),
    ]);
    assert.equal(elements['names']?.[1]?.key, interface0.toString('hex'));
    assert.deepEqual(elements['o'], [{ key: '01020304', object: 'hits' }]);
    assert.deepEqual(elements['ports'], [
      { key: '0600000000500000', keyEnd: '06000000005a0000', data: '010203041f900000' },
    ]);
    assert.deepEqual(elements['counted'], [{ key: '0005', expressions: [counted] }]);
    assert.deepEqual(
      elements['dyn']?.map(({ key }) => key),
      ['01020305'],
    );
    assert.ok(Number(elements['dyn']?.[0]?.expires) <= 60_000);
  });

  it('has the bytes of what iptables-nft leaves to its own matches and targets', async () => {
    await install();
    const { rules } = await read();
    const dataOf = (table: string, name: string) =>
      ['ip', 'ip6'].map((family) => {
        const expressions = rules.flatMap((rule) =>
          rule.table === table && rule.family === family ? rule.expressions : [],
        );
        const found = expressions.find((one) => (one.expr === 'match' || one.expr === 'target') && one.name === name);
        return found !== undefined && 'data' in found ? found.data : undefined;
      });
    // struct xt_multiport_v1: XT_MULTIPORT_DESTINATION, 3 ports, and their flags.
    const multiport = `0103${'010002000500'}${'00'.repeat(24)}${'000100'}${'00'.repeat(12)}00`;
    assert.deepEqual(
      dataOf('filter', 'multiport').map((data) => data?.slice(0, multiport.length)),
      [multiport, multiport],
    );
    assert.deepEqual(
      rules.flatMap((rule) => commentOf(rule) ?? []),
      ['foo', 'héllo', 'héllo'],
    );
    assert.deepEqual(dataOf('mangle', 'MARK'), ['0100000003000000', '0100000003000000']);
  });

  it('has the expressions of portshift under the names that it writes them by', async () => {
    const firewall = await host.open();
    await installAll(firewall);
    const native = await session.read('portshift');
    const own = native.page(0, native.size).filter((item): item is NftItem & { item: 'rule' } => item.item === 'rule');
    const { rules, sets, generation } = await read();
    assert.deepEqual(
      rules.map(({ chain, handle, expressions }) => ({ chain, handle, expressions })),
      own.map(({ chain, handle, expressions }) => ({ chain, handle, expressions })),
    );
    assert.equal(
      sets.reduce((sum, { size }) => sum + size, 0),
      native.elementCount,
    );
    const again = await read();
    assert.deepEqual(again, { generation, rules, sets, chains: again.chains });
  });

  it('comes in pages of any size', async () => {
    await install();
    const native = await session.ruleset();
    const items = native.page(0, native.size);
    const elements = native.elements(0, native.elementCount);
    assert.deepEqual([items.length, elements.length], [native.size, native.elementCount]);
    assert.deepEqual(Array.from({ length: native.size }, (_, from) => native.page(from, 1)).flat(), items);
    assert.deepEqual(
      Array.from({ length: native.elementCount }, (_, from) => native.elements(from, 1)).flat(),
      elements,
    );
    assert.deepEqual([native.page(native.size, 5), native.elements(native.elementCount, 5)], [[], []]);
    assert.throws(() => native.page(-1, 1), { name: 'TypeError', message: /from: .*integer/ });
    assert.throws(() => native.elements(0, 'all' as never), { name: 'TypeError', message: /count: .*integer/ });
  });

  it('is of one generation, however often others change it', async () => {
    const version = (port: number) => {
      const rule = `add rule ip theirs in tcp dport { ${port}, ${port + 1} } accept\n`;
      return `add table ip theirs\nadd chain ip theirs in\nflush chain ip theirs in\n${rule.repeat(20)}`;
    };
    await host.load(version(1));
    const script = `i=0; while [ -e "$0" ]; do nft -f "$0"; nft -f "$1"; i=$((i + 1)); done; echo $i`;
    const directory = (await host.namespace.exec('mktemp', ['-d'])).stdout.trim();
    const [one, other] = [`${directory}/one`, `${directory}/other`];
    const write = (path: string, text: string) => host.namespace.exec('tee', [path], { input: text });
    await write(one, version(1));
    await write(other, version(11));
    const changes = host.namespace.exec('sh', ['-c', script, one, other], { timeout: 20_000 });
    const generations = new Set<number>();
    while (generations.size < 20) {
      const { rules, sets, generation } = await read();
      generations.add(generation);
      const keys = new Set(sets.flatMap(({ elements }) => elements.map(({ key }) => key)));
      assert.deepEqual([rules.length, sets.length, keys.size], [20, 20, 2]);
      const used = rules.flatMap(({ expressions }) =>
        expressions.flatMap((each) => (each.expr === 'lookup' ? [each.set] : [])),
      );
      assert.deepEqual(
        used,
        sets.map(({ set }) => set),
      );
    }
    await host.namespace.exec('rm', ['-r', directory]);
    assert.ok(Number((await changes).stdout) > 0);
  });
});
