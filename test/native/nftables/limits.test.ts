import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { type FirewallError, openFirewall } from '../../../lib';
import { loadAddon } from '../../../lib/backends/addon';
import type { NativeBatch, NftAddon, NftNativeError, NftSession } from '../../../lib/backends/nft/addon';
import { ElementWriter } from '../../../lib/backends/nft/elements';
import type { ElementsOperation, NftOperation } from '../../../lib/backends/nft/operation';
import { NftHost } from './support';

/** What a call is rejected with. */
async function rejection(call: () => unknown): Promise<NftNativeError> {
  const error = await (async () => call())().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Error && 'kind' in error);
  return error as NftNativeError;
}

describe('nft.node', () => {
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

  it('works in a process with more than 1,024 open files', async () => {
    const files = Array.from({ length: 1500 }, () => openSync('/dev/null', 'r'));
    try {
      assert.ok((files.at(-1) ?? 0) > 1024);
      const firewall = await host.open();
      const web = await firewall.publish({ port: 8445, targetPort: 8443 });
      await web.move(8446);
      assert.equal((await firewall.rules()).length, 3);
    } finally {
      for (const file of files) closeSync(file);
    }
  });

  it('names the operation and the element that the kernel refuses, in its own words', async () => {
    await session.read('portshift');
    const batch = new addon.Batch('portshift');
    batch.push([{ op: 'newTable', owner: false }]);
    batch.push([{ op: 'newSet', set: 'ports', keyType: 13, keyLength: 2, interval: false, counter: false }]);
    const elements = Array.from({ length: 2000 }, (_, index) => ({ key: index.toString(16).padStart(4, '0') }));
    elements[1500] = { key: '00' };
    const writer = new ElementWriter();
    writer.write({ op: 'newElements', set: 'ports', elements });
    batch.elements(writer.take());
    const error = await rejection(() => session.commit(batch));
    const { kind, errnoName, syscall, operation, element, left } = error;
    assert.deepEqual(
      { kind, errnoName, syscall, operation, element, left },
      { kind: 'commit', errnoName: 'EINVAL', syscall: 'nf_tables', operation: 2, element: 1500, left: 'nothing' },
    );
    assert.match(error.stack ?? '', /limits\.test/);
    assert.equal(await host.list(), '');
  });

  it('passes on what the kernel says beside the errno', async () => {
    await session.read('portshift');
    const batch = new addon.Batch('portshift');
    const type = 'x'.repeat(200) as 'nat';
    batch.push([
      { op: 'newTable', owner: false },
      { op: 'newChain', chain: 'a', type, hook: 'prerouting', priority: 0 },
    ]);
    const error = await rejection(() => session.commit(batch));
    assert.equal(error.operation, 1);
    assert.equal(error.kernelText, 'Attribute failed policy validation');
    assert.match(error.message, /: Attribute failed policy validation$/);
  });

  it('looks at a batch without committing it', async () => {
    const good = new addon.Batch('portshift');
    good.push([{ op: 'newTable', owner: true }]);
    await session.check(good);
    assert.equal(await host.list(), '');
    const bad = new addon.Batch('portshift');
    bad.push([
      { op: 'newTable', owner: true },
      { op: 'deleteSet', set: 'none' },
    ]);
    const error = await rejection(() => session.check(bad));
    assert.deepEqual([error.operation, error.errnoName], [1, 'ENOENT']);
  });

  it('commits nothing on what it has not read', async () => {
    const batch = new addon.Batch('portshift');
    batch.push([{ op: 'newTable', owner: false }]);
    assert.equal(await session.commit(batch), 'stale');
    assert.deepEqual(batch.messages(), []);
  });

  it('answers later where it is told not to wait, and makes nothing behind what was not made', async () => {
    await session.read('portshift');
    const batchOf = (chain: string, ...first: readonly Exclude<NftOperation, ElementsOperation>[]) => {
      const batch = new addon.Batch('portshift');
      batch.push([...first, { op: 'newChain', chain, type: 'nat', hook: 'prerouting', priority: 0 }]);
      return batch;
    };
    const order: string[] = [];
    const commit = async (name: string, batch: NativeBatch) => {
      const answer = session.commit(batch, undefined, true);
      assert.ok(answer instanceof Promise);
      order.push(
        `${name}: ${await answer.then(
          (result) => (result === 'stale' ? 'stale' : 'made'),
          () => 'refused',
        )}`,
      );
    };
    await Promise.all([
      commit('one', batchOf('one', { op: 'newTable', owner: false })),
      commit('two', batchOf('two')),
      commit('three', batchOf('three', { op: 'deleteSet', set: 'none' })),
      commit('four', batchOf('four')),
    ]);
    await session.read('portshift');
    await commit('five', batchOf('five'));
    assert.deepEqual(order, ['one: made', 'two: made', 'three: refused', 'four: stale', 'five: made']);
    const tables = await host.list();
    assert.deepEqual(
      ['one', 'two', 'three', 'four', 'five'].filter((name) => tables.includes(`chain ${name} `)),
      ['one', 'two', 'five'],
    );
    assert.throws(() => session.commit(batchOf('six'), undefined, 'later' as never), {
      name: 'TypeError',
      message: /later: .*true or false/,
    });
  });

  it('takes no operation that is none', () => {
    const batch = new addon.Batch('portshift');
    for (const [operation, message] of [
      [{ op: 'deleteRule', chain: 'c', handle: 0 }, /handle: .*from 1/],
      [{ op: 'newRule', chain: 'c', position: 'middle', expressions: [] }, /position: .*'first' or 'last'/],
      [
        { op: 'newRule', chain: 'c', position: 'last', expressions: [{ expr: 'meta', key: 'colour' }] },
        /key: .*'mark'/,
      ],
      [{ op: 'newRule', chain: 'c', position: 'last', comment: 'x'.repeat(129), expressions: [] }, /comment: .*128/],
      [{ op: 'explode' }, /op: .*name of an operation/],
      [null, /operations\[0\]: .*object/],
    ] as const) {
      assert.throws(() => batch.push([operation as never]), { name: 'TypeError', message });
    }
  });

  it('takes no elements that are none', async () => {
    await session.read('portshift');
    const batch = new addon.Batch('portshift');
    for (const [elements, message] of [
      ['+s\0aa\0xy\0', /elements: .*hexadecimal.* as line 2/],
      ['+\0', /elements: .*name of 1 to 255 bytes as line 0/],
      [`-${'s'.repeat(256)}\0`, /elements: .*name of 1 to 255 bytes/],
      ['aa\0', /elements: .*name of a set first as line 0/],
      ['\0', /elements: .*hexadecimal/],
      ['+s\0aa', /elements: .*zero byte/],
      [`+s\0aa ${'x'.repeat(129)}\0`, /elements: .*128 bytes/],
      [`-s\0${'aa'.repeat(129)}\0`, /elements: .*128 bytes/],
      ['+s\0aa-11?\0', /elements: .*hexadecimal/],
      ['+s\0=aa\0', /elements: .*hexadecimal/],
    ] as const) {
      const bytes = Buffer.from(elements);
      assert.throws(() => batch.elements(bytes), { name: 'TypeError', message });
      const withoutField = new RegExp(message.source.replace('elements: .*', ''));
      await assert.rejects(async () => session.commit(batch, bytes), { message: withoutField });
    }
    for (const none of ['+s\0', 7, new Uint16Array(1)]) {
      const expected = { name: 'TypeError', message: /elements: .*Uint8Array/ };
      assert.throws(() => batch.elements(none as never), expected);
      assert.throws(() => session.commit(batch, none as never), expected);
    }
    assert.deepEqual(batch.messages(), []);
  });

  it('is closed once, and says so to later callers', async () => {
    await Promise.all([session.close(), session.close()]);
    assert.equal((await rejection(() => session.read('portshift'))).kind, 'closed');
  });

  it('says what is missing where it has no privileges', async () => {
    const program = [process.execPath, '-r', 'tsx/cjs', join(__dirname, 'programs', 'hold.ts'), 'host'];
    const { stderr } = await host.namespace.run('setpriv', ['--bounding-set', '-net_admin', '--', ...program]);
    assert.match(stderr, /needs CAP_NET_ADMIN/);
    assert.match(stderr, /ERR_PERMISSION/);
  });

  it('says that there is no such namespace', async () => {
    const refusal = { name: 'FirewallError', code: 'ERR_NOT_FOUND' } satisfies Partial<FirewallError>;
    await assert.rejects(openFirewall({ backend: 'nft', namespace: '/proc/1/ns/none' }), refusal);
  });
});
