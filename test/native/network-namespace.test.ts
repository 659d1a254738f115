import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Namespace } from '../support/namespace';
import { addon, commit, errorOf, openIn, read, saved } from './support/tables';

const namespaceOfEachThread = () => {
  const count = new Map<string, number>();
  for (const thread of readdirSync('/proc/self/task')) {
    const id = readlinkSync(`/proc/self/task/${thread}/ns/net`);
    count.set(id, (count.get(id) ?? 0) + 1);
  }
  return count;
};

describe('native: network namespaces', () => {
  let first: Namespace;
  let second: Namespace;

  beforeEach(async () => {
    [first, second] = await Promise.all([Namespace.create(), Namespace.create()]);
  });

  afterEach(async () => {
    await Promise.all([first?.remove(), second?.remove()]);
  });

  const createChain = (chain: string) => ({ table: 'filter', operations: [{ op: 'createChain', chain }] }) as const;

  it('a session works in its own one, and moves one thread only', async () => {
    const before = namespaceOfEachThread();
    const [one, two] = await Promise.all([openIn(first), openIn(second)]);
    const during = namespaceOfEachThread();
    assert.equal(during.get(first.id), 1);
    assert.equal(during.get(second.id), 1);
    const own = readlinkSync('/proc/self/ns/net');
    assert.ok((during.get(own) ?? 0) >= (before.get(own) ?? 0));

    await Promise.all([commit(one, createChain('own-first')), commit(two, createChain('own-second'))]);
    assert.match(await saved(first), /own-first/);
    assert.doesNotMatch(await saved(first), /own-second/);
    assert.match(await saved(second), /own-second/);
    await Promise.all([one.close(), two.close()]);
    assert.deepEqual(
      [first.id, second.id].map((id) => namespaceOfEachThread().get(id)),
      [undefined, undefined],
    );
  });

  it('a session keeps its namespace when everybody else has left it', async () => {
    const session = await openIn(first);
    await first.remove();
    await commit(session, createChain('own-1'));
    assert.equal((await read(session, 'filter')).tables[0]?.chains.length, 1);
    await session.close();
  });

  it('says what is wrong with what is no namespace', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'portshift-namespace-'));
    const cases = [
      [join(directory, 'missing'), 'open', 'ENOENT'],
      [directory, 'setns', 'EINVAL'],
      ['/dev/null', 'setns', 'EINVAL'],
      ['/proc/self/ns/mnt', 'setns', 'EINVAL'],
      ['/proc/999999999/ns/net', 'open', 'ENOENT'],
    ] as const;
    for (const [path, syscall, errnoName] of cases) {
      const error = await errorOf(addon().open({ namespace: path }));
      assert.deepEqual([error.kind, error.syscall, error.errnoName], ['namespace', syscall, errnoName]);
      assert.ok(error.message.includes(path), error.message);
    }
    rmSync(directory, { recursive: true });
  });

  it('leaves no thread behind when opening failed', async () => {
    const threads = readdirSync('/proc/self/task').length;
    for (let count = 0; count < 20; count++) await errorOf(addon().open({ namespace: '/dev/null' }));
    assert.ok(readdirSync('/proc/self/task').length <= threads);
  });
});
