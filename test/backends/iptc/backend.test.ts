import assert from 'node:assert/strict';
import { LegacyTables } from '../../../lib/backends/iptc/backend';
import { MemoryKernel, MemorySession } from '../../../lib/backends/memory/session';
import type { NativeChange } from '../../../lib/backends/table-session';
import { difference } from '../../../lib/model/change';
import { type Entry, entryKey } from '../../../lib/model/entry';
import { markDrop } from '../../../lib/model/mark-drop';

const entry = (port: number): Entry => ({ rule: markDrop({ port }) });
const adding = (...ports: number[]) => difference([], ports.map(entry));

function backend(kernel: MemoryKernel, owner = 'portshift'): LegacyTables {
  const options = { name: 'memory', owner, mark: undefined, lockTimeout: 0 } as const;
  return new LegacyTables(options, new MemorySession(kernel));
}

describe('The legacy tables', () => {
  it('hold what was committed, as the next one reads it', async () => {
    const kernel = new MemoryKernel();
    const one = backend(kernel);
    await one.read();
    assert.equal(await one.commit(adding(1, 2)), 'committed');
    const { entries, damage } = await backend(kernel).read();
    assert.deepEqual(
      Array.from(entries, (found) => entryKey(found.entry)),
      ['markDrop tcp 1', 'markDrop tcp 2'],
    );
    assert.deepEqual(damage, []);
  });

  it('take no change that was planned on what they no longer hold', async () => {
    const kernel = new MemoryKernel();
    const [one, other] = [backend(kernel), backend(kernel)];
    await one.read();
    await other.read();
    assert.equal(await one.commit(adding(1)), 'committed');
    assert.equal(await other.commit(adding(2)), 'stale');
    assert.equal(await other.commit(adding(2)), 'stale');
    await other.read();
    assert.equal(await other.commit(adding(2)), 'committed');
    assert.equal(await one.commit(adding(3)), 'stale');
  });

  it('take several changes one after the other without being read in between', async () => {
    const tables = backend(new MemoryKernel());
    await tables.read();
    for (const port of [1, 2, 3]) assert.equal(await tables.commit(adding(port)), 'committed');
    assert.equal(await tables.commit(difference([entry(2)], [])), 'committed');
    assert.equal([...(await tables.read()).entries].length, 2);
  });

  it('do not mind what another owner or a foreign hand does elsewhere', async () => {
    const kernel = new MemoryKernel();
    const [one, other] = [backend(kernel), backend(kernel, 'other')];
    await one.read();
    await other.read();
    await other.commit(adding(1));
    const rule = { matches: [], target: { target: 'DROP' } } as const;
    kernel
      .chains({ family: 'ipv4', table: 'filter' })
      .get('INPUT')
      ?.push({ rule, counters: { packets: 0, bytes: 0 } });
    assert.equal(await one.commit(adding(1)), 'committed');
  });

  it('are unknown after a failure, until they are read again', async () => {
    const kernel = new MemoryKernel();
    const tables = backend(kernel);
    await tables.read();
    kernel.failNext({ step: 0 });
    await assert.rejects(() => tables.commit(adding(1)), { code: 'ERR_COMMIT' });
    assert.equal(await tables.commit(adding(1)), 'stale');
    await tables.read();
    assert.equal(await tables.commit(adding(1)), 'committed');
  });

  it('begin a large change before it is planned, and the next one as soon as it is told to come', async () => {
    const session = new MemorySession(new MemoryKernel());
    const begun: NativeChange[] = [];
    const made: (NativeChange | undefined)[] = [];
    const { newChange, commit } = session;
    session.newChange = () => {
      const change = newChange.call(session);
      begun.push(change);
      return change;
    };
    session.commit = (steps, options, change) => {
      made.push(change);
      return commit.call(session, steps, options, change);
    };
    const options = { name: 'memory', owner: 'portshift', mark: undefined, lockTimeout: 0 } as const;
    const tables = new LegacyTables(options, session);
    await tables.read();
    const many = Array.from({ length: 100 }, (_, index) => index + 1);
    tables.prepare(false);
    assert.equal(begun.length, 0);
    await tables.commit(adding(...many));
    assert.equal(begun.length, 1);
    tables.prepare(false);
    assert.equal(begun.length, 2);
    await tables.commit(difference(many.map(entry), []));
    tables.prepare(true);
    await tables.commit(adding(1));
    tables.prepare(false);
    await tables.commit(adding(2));
    assert.equal(begun.length, 2);
    assert.deepEqual(made, [...begun, undefined, undefined]);
    assert.deepEqual(
      Array.from((await tables.read()).entries, (found) => entryKey(found.entry)),
      ['markDrop tcp 1', 'markDrop tcp 2'],
    );
  });

  it('of many rules are read and written whole', async () => {
    const kernel = new MemoryKernel();
    const tables = backend(kernel);
    await tables.read();
    const ports = Array.from({ length: 500 }, (_, index) => index + 1);
    await tables.commit(adding(...ports));
    assert.equal([...(await tables.read()).entries].length, 500);
  });
});
