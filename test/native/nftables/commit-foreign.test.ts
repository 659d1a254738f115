import assert from 'node:assert/strict';
import { loadAddon } from '../../../lib/backends/addon';
import type { BatchFamily, NativeBatch, NftAddon, NftNativeError, NftSession } from '../../../lib/backends/nft/addon';
import { collectRuleset } from '../../../lib/backends/nft/read-ruleset';
import type { NftRuleset } from '../../../lib/backends/nft/ruleset';
import { sliced } from '../../../lib/util/slices';
import { NftHost } from './support';

const TABLES = `
table ip theirs {
  set ports { type inet_service; }
  chain copies { tcp dport 1 accept; }
  chain in {
    type filter hook input priority 0;
    tcp dport 1 accept
    jump copies
    tcp dport 2 accept
  }
}
table ip6 theirs {
  chain in {
    type filter hook input priority 0;
    tcp dport 1 accept
    tcp dport 2 accept
  }
}
table inet gone {
  chain in { type filter hook input priority 0; }
}
`;

const LEFT = `table ip theirs {
	chain in {
		type filter hook input priority filter; policy accept;
		tcp dport 2 accept
	}
}
table ip6 theirs {
	chain in {
		type filter hook input priority filter; policy accept;
		tcp dport 2 accept
	}
}
`;

describe('A commit to the tables of others', () => {
  const addon = loadAddon<NftAddon>('nft');
  let host: NftHost;
  let session: NftSession;

  beforeEach(async () => {
    host = await NftHost.create();
    session = await addon.open({ namespace: host.namespace.path });
    await host.load(TABLES);
  });

  afterEach(async () => {
    await session.close();
    await host.remove();
  });

  const read = async (): Promise<NftRuleset> => sliced(collectRuleset(await session.ruleset()));

  /** The batch for the table of one family that deletes its first rule, and the two in the way of a chain of its own. */
  function batchFor(family: BatchFamily, { rules }: NftRuleset): NativeBatch {
    const batch = new addon.Batch('theirs', family);
    const own = rules.filter((rule) => rule.family === family && rule.chain === 'in');
    for (const { handle } of own.slice(0, -1)) batch.push([{ op: 'deleteRule', chain: 'in', handle }]);
    if (family !== 'ip') return batch;
    const copy = rules.find(({ chain }) => chain === 'copies');
    batch.push([
      { op: 'deleteRule', chain: 'copies', handle: copy?.handle ?? 0 },
      { op: 'deleteChain', chain: 'copies' },
      { op: 'deleteSet', set: 'ports' },
    ]);
    return batch;
  }

  function batchesFor(ruleset: NftRuleset): NativeBatch[] {
    const gone = new addon.Batch('gone');
    gone.push([{ op: 'deleteTable' }]);
    return [batchFor('ip', ruleset), batchFor('ip6', ruleset), gone];
  }

  async function rejection(batches: NativeBatch[], generation: number): Promise<NftNativeError> {
    try {
      await session.commitForeign(batches, generation);
    } catch (error) {
      return error as NftNativeError;
    }
    assert.fail('the commit was made');
  }

  it('is one of any number of tables and families', async () => {
    const ruleset = await read();
    const batches = batchesFor(ruleset);
    assert.equal(await session.commitForeign(batches, ruleset.generation), 'committed');
    assert.equal(await host.list(), LEFT);
    assert.deepEqual(
      batches.flatMap((batch) => batch.messages()),
      [],
    );
    assert.equal((await read()).generation, ruleset.generation + 1);
  });

  it('is none where somebody has changed the ruleset since', async () => {
    const ruleset = await read();
    await host.nft('add', 'table', 'ip', 'other');
    const before = await host.list();
    assert.equal(await session.commitForeign(batchesFor(ruleset), ruleset.generation), 'stale');
    assert.equal(await host.list(), before);
  });

  it('is none where one operation is refused, and the error says which', async () => {
    const ruleset = await read();
    const before = await host.list();
    const bad = new addon.Batch('theirs', 'ip6');
    bad.push([
      { op: 'deleteChain', chain: 'none' },
      { op: 'deleteChain', chain: 'in' },
    ]);
    const { kind, errnoName, step, operation, left } = await rejection(
      [batchFor('ip', ruleset), bad],
      ruleset.generation,
    );
    assert.deepEqual(
      { kind, errnoName, step, operation, left },
      { kind: 'commit', errnoName: 'ENOENT', step: 1, operation: 0, left: 'nothing' },
    );
    assert.equal(await host.list(), before);
  });

  it('leaves alone what the session knows of the table that it reads', async () => {
    const own = (chain: string) => {
      const batch = new addon.Batch('portshift');
      batch.push([{ op: 'newChain', chain, type: 'nat', hook: 'prerouting', priority: 0 }]);
      return batch;
    };
    await session.read('portshift');
    const first = new addon.Batch('portshift');
    first.push([{ op: 'newTable', owner: false }]);
    await session.commit(first);
    await session.read('portshift');
    const ruleset = await read();
    assert.equal(await session.commitForeign(batchesFor(ruleset), ruleset.generation), 'committed');
    assert.notEqual(await session.commit(own('one')), 'stale');
    const { generation } = await session.ruleset();
    assert.equal(await session.commitForeign([own('other')], generation), 'committed');
    assert.equal(await session.commit(own('two')), 'stale');
  });

  it('takes no batch that is none, and no table of a family without rules of ours', async () => {
    const { generation } = await session.ruleset();
    const batch = new addon.Batch('theirs', 'ip');
    batch.push([{ op: 'deleteSet', set: 'ports' }]);
    for (const [batches, number, message] of [
      [[batch, {}], generation, /batches\[1\]: .*a Batch/],
      [batch, generation, /batches: .*an array/],
      [[batch], -1, /generation: .*integer/],
    ] as const) {
      assert.throws(() => session.commitForeign(batches as never, number), { name: 'TypeError', message });
    }
    assert.equal(batch.messages().length, 1);
    for (const family of ['arp', 'bridge', 7]) {
      assert.throws(() => new addon.Batch('theirs', family as never), {
        name: 'TypeError',
        message: /family: expected/,
      });
    }
    for (const call of [() => session.commit(batch), () => session.check(batch)]) {
      assert.throws(call, { name: 'TypeError', message: /batch: .*of the family inet/ });
    }
  });

  it('is refused, as reading is, once the session is closed', async () => {
    const { generation } = await session.ruleset();
    await session.close();
    assert.equal((await rejection([], generation)).kind, 'closed');
    await assert.rejects(session.ruleset(), { kind: 'closed' });
  });
});
