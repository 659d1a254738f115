import assert from 'node:assert/strict';
import { CHAIN_IDS } from '../../../lib/backends/iptc/chains';
import { covers, PortTree } from '../../../lib/backends/iptc/port-tree';
import { difference } from '../../../lib/model/change';
import { type Entry, entryKey } from '../../../lib/model/entry';
import type { Port } from '../../../lib/model/port';
import { checkPublication, entriesOf } from '../../../lib/model/publication';
import { iptablesText } from '../support/iptables-text';
import { countRules, type Probe } from '../support/packet-walk';
import { fatesOf, probesOf } from '../support/probes';
import { Random } from '../support/random';
import { finish, keysIn, Simulation } from '../support/simulation';

const tree = new PortTree('blue');
const names = (id: 'pre' | 'syn', ...span: [number, number]) =>
  tree.path(id, { protocol: 'tcp', span }).map(({ name }) => name);

function published(port: Port, options: object = {}): readonly Entry[] {
  return entriesOf(checkPublication('', { port, targetPort: 40_000, ...options }, ['ipv4', 'ipv6']));
}

describe('The chains by port', () => {
  it('are named after the digits that their ports share', () => {
    assert.deepEqual(names('pre', 8445, 8445), [
      'blue.pre',
      'blue.pre.t0xxxx',
      'blue.pre.t08xxx',
      'blue.pre.t084xx',
      'blue.pre.t0844x',
    ]);
  });

  it('of a range are those that have all of it', () => {
    assert.deepEqual(names('pre', 8440, 8449), names('pre', 8445, 8445));
    assert.equal(names('pre', 8440, 8450).at(-1), 'blue.pre.t084xx');
    assert.equal(names('pre', 8000, 8999).at(-1), 'blue.pre.t08xxx');
    assert.deepEqual(names('pre', 9999, 10_000), ['blue.pre']);
    assert.equal(names('pre', 60_000, 65_535).at(-1), 'blue.pre.t6xxxx');
  });

  it('are reached by a test of the port: the one in the packet, or the one that the client asked for', () => {
    const jumps = (id: 'pre' | 'syn') =>
      tree
        .path(id, { protocol: 'tcp', span: [65_535, 65_535] })
        .map(({ hook, jump }) => `${hook} ${iptablesText(jump)}`);
    assert.deepEqual(jumps('pre').slice(1), [
      'blue.pre -p tcp --dport 60000:65535 -j blue.pre.t6xxxx',
      'blue.pre.t6xxxx -p tcp --dport 65000:65535 -j blue.pre.t65xxx',
      'blue.pre.t65xxx -p tcp --dport 65500:65535 -j blue.pre.t655xx',
      'blue.pre.t655xx -p tcp --dport 65530:65535 -j blue.pre.t6553x',
    ]);
    assert.equal(jumps('syn')[1], 'blue.syn -p tcp --dport 60000:65535 -j blue.syn.t6xxxx');
  });

  it('are found by their names, and nothing else is', () => {
    const random = new Random(1);
    for (let count = 0; count < 500; count += 1) {
      const id = random.pick(CHAIN_IDS);
      const port = random.below(65_536);
      const protocol = random.pick(['tcp', 'udp'] as const);
      const path = tree.path(id, { protocol, span: [port, port] });
      for (const chain of path) {
        assert.equal(new PortTree('blue').find(chain.name)?.name, chain.name);
        assert.ok(covers(chain, { protocol, span: [port, port] }));
      }
      assert.ok(!covers(path[4] as (typeof path)[0], { protocol, span: [port, port + 10] }));
    }
    for (const name of ['x', '', 'pre.t08445', 'pre.t0844', 'pre.t7xxxx', 'pre.xxxxx', 'pre.t8x4xx', 'x.t0xxxx'])
      assert.equal(tree.find(`blue.${name}`), undefined, name);
    assert.equal(tree.find('green.pre'), undefined);
  });

  it('have names that the kernel takes', () => {
    const longest = new PortTree('x'.repeat(16));
    for (const id of CHAIN_IDS) {
      const name = longest.path(id, { protocol: 'udp', span: [65_535, 65_535] }).at(-1)?.name ?? '';
      assert.ok(Buffer.byteLength(name) <= 28, name);
    }
  });
});

describe('Many published ports', () => {
  const COUNT = 2_000;
  const all: Entry[] = [];
  let tables: Simulation;

  before(async function () {
    this.timeout(60_000);
    for (let index = 0; index < COUNT; index += 1) {
      const options = {
        name: `p${index}`,
        targetPort: 30_000 + index,
        protocol: index % 5 === 0 ? 'udp' : 'tcp',
        deny: 'reject',
      };
      all.push(...published(index % 50 === 7 ? `${2 * index + 1}-${2 * index + 2}` : 2 * index + 1, options));
    }
    tables = new Simulation();
    await tables.become(all);
  });

  const probe = (port: number, from: Probe['from'] = 'eth0'): Probe => {
    return {
      family: 'ipv4',
      protocol: 'tcp',
      from,
      address: from === 'lo' ? '127.0.0.1' : '192.0.2.7',
      port,
      connection: 'new',
    };
  };

  it('are whole, and go where they should', () => {
    const installed = tables.read();
    assert.deepEqual(finish(installed.damage()), []);
    assert.equal(installed.entries.size, all.length);
    const ports = [2 * 1_001 + 1, 2 * 1_007 + 2, 2 * 1_999 + 1];
    const fates = fatesOf(
      tables.kernel,
      ports.map((port) => probe(port)),
    );
    assert.deepEqual(fates, ['target :31001', 'target :31007', 'target :31999']);
    assert.deepEqual(fatesOf(tables.kernel, [probe(31_001), probe(4), probe(2_003, 'lo')]), [
      'rejected',
      'direct',
      'target :31001',
    ]);
  });

  it('cost a packet some dozens of rules, whether it concerns them or not', () => {
    for (const port of [1, 22, 2_003, 4_444, 3_999, 4_001, 31_001, 31_999, 65_535]) {
      for (const from of ['eth0', 'lo'] as const) {
        const passed = countRules(tables.kernel, probe(port, from));
        for (const [hook, rules] of Object.entries(passed))
          assert.ok(rules <= 120, `${port} from ${from}: ${rules} in ${hook}`);
      }
    }
  });

  it('move by the chains of the two ports alone', async () => {
    const from = published(2_003, { name: 'p1001', targetPort: 31_001, deny: 'reject' });
    const to = published(4_103, { name: 'p1001', targetPort: 31_001, deny: 'reject' });
    const fork = tables.fork();
    const steps = fork.plan(difference(from, to));
    for (const { table, operations } of steps) {
      assert.equal(table, 'nat');
      assert.ok(operations.length <= 4 + 2 * 4 * 2, `${operations.length} operations`);
    }
    await fork.commit(steps);
    assert.deepEqual(finish(fork.read().damage()), []);
  });

  it('are taken up again where another process goes on, in any order, and leave nothing behind', async () => {
    const fork = tables.fork();
    const random = new Random(3);
    let left = all;
    for (let round = 0; round < 4; round += 1) {
      left = left.filter(() => random.chance(0.4));
      await fork.become(left);
      const installed = fork.read();
      assert.deepEqual(finish(installed.damage()), []);
      assert.deepEqual(keysIn(installed), left.map(entryKey).sort());
    }
    await fork.become([]);
    for (const table of ['nat', 'mangle', 'filter', 'security'] as const) {
      const chains = [...fork.kernel.chains({ family: 'ipv4', table })];
      assert.deepEqual(
        chains.filter(([name, rules]) => name.startsWith('portshift') || rules.length > 0),
        [],
      );
    }
  });

  it('are repaired: a jump, a chain, or a rule that somebody put elsewhere', async () => {
    const fork = tables.fork();
    const nat = fork.kernel.chains({ family: 'ipv6', table: 'nat' });
    const jumps = nat.get('portshift.pre.t02xxx');
    const leaf = nat.get('portshift.pre.t0208x');
    const other = nat.get('portshift.pre.t0308x');
    assert.ok(jumps !== undefined && leaf !== undefined && other !== undefined);
    jumps.splice(0);
    other.push(...leaf.splice(0));
    assert.ok(finish(fork.read().damage()).length > 0);
    await fork.repair();
    const installed = fork.read();
    assert.deepEqual(finish(installed.damage()), []);
    assert.deepEqual(keysIn(installed), all.map(entryKey).sort());
    assert.deepEqual(fatesOf(fork.kernel, probesOf([2_083, 3_083])), fatesOf(tables.kernel, probesOf([2_083, 3_083])));
  });
});
