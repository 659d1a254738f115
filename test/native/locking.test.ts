import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IptcSession, NativeChange } from '../../lib/backends/table-session';
import { Namespace } from '../support/namespace';
import { addon, changeOf, errorOf, PREFIX } from './support/tables';

describe('native: the xtables lock', () => {
  let namespace: Namespace;
  let session: IptcSession;
  let directory: string;
  let lockFile: string;
  let holder: ChildProcess | undefined;

  beforeEach(async () => {
    namespace = await Namespace.create();
    directory = mkdtempSync(join(tmpdir(), 'portshift-locking-'));
    lockFile = join(directory, 'lock');
    session = await addon().open({ namespace: namespace.path, lockFile });
  });

  afterEach(async () => {
    holder?.kill();
    await session?.close();
    await namespace?.remove();
    rmSync(directory, { recursive: true });
  });

  /** Holds the lock as another program would, for so many seconds. */
  async function hold(seconds: number): Promise<void> {
    holder = spawn('flock', ['--no-fork', lockFile, 'sh', '-c', `echo held; exec sleep ${seconds}`]);
    assert.ok(holder.stdout);
    await once(holder.stdout, 'data');
  }

  const readWithin = (lockTimeout: number) => session.read([{ family: 'ipv4', table: 'filter' }], { lockTimeout });
  const createWithin = async (lockTimeout: number) =>
    session.commit(changeOf({ table: 'filter', operations: [{ op: 'createChain', chain: 'own-1' }] }), {
      chainPrefix: PREFIX,
      lockTimeout,
    });

  it('is created for its user alone, as iptables does', async () => {
    await readWithin(0);
    assert.equal(statSync(lockFile).mode & 0o777, 0o600);
  });

  it('reads and commits give up when someone else holds it all the time', async () => {
    await hold(30);
    for (const call of [readWithin, createWithin]) {
      const begin = performance.now();
      const error = await errorOf(call(100));
      assert.ok(performance.now() - begin >= 100);
      assert.equal(error.kind, 'lock-timeout');
      assert.match(error.message, /100 ms/);
      assert.equal(error.errno, undefined);
      assert.equal((await errorOf(call(0))).kind, 'lock-timeout');
    }
    assert.equal((await errorOf(createWithin(0))).left, 'nothing');
  });

  describe('where a large change is begun', () => {
    const create = (chain: string) => changeOf({ table: 'filter', operations: [{ op: 'createChain', chain }] });
    const commitWithin = async (lockTimeout: number, change: NativeChange) =>
      session.commit('[]', { chainPrefix: PREFIX, lockTimeout }, change);
    const isFree = () => spawnSync('flock', ['--nonblock', lockFile, 'true']).status === 0;

    it('is taken, and let go of where nothing comes for a tenth of a second; the change is made all the same', async () => {
      await createWithin(0);
      const change = session.newChange(PREFIX);
      change.push(create('own-2'));
      while (isFree()) change.push('[]');
      await sleep(300);
      assert.equal(isFree(), true);
      change.push(create('own-3'));
      assert.equal((await commitWithin(0, change)).status, 'committed');
      assert.equal(isFree(), true);
      const { stdout } = await namespace.exec('iptables-legacy-save', ['-t', 'filter']);
      assert.deepEqual(stdout.match(/own-[0-9]/g), ['own-1', 'own-2', 'own-3']);
    });

    it('is held for as long as more of it comes', async () => {
      const change = session.newChange(PREFIX);
      while (isFree()) change.push('[]');
      let pushed = performance.now();
      let number = 0;
      for (; number < 20; number += 1) {
        await sleep(10);
        // On a busy machine a tenth of a second may pass by itself: then it is let go of.
        if (performance.now() - pushed > 80) break;
        change.push(create(`own-${number}`));
        pushed = performance.now();
        const free = isFree();
        if (performance.now() - pushed < 80) assert.equal(free, false, `at ${number}`);
      }
      assert.ok(number > 0, 'not even one came in time');
      assert.equal((await commitWithin(0, change)).status, 'committed');
      assert.equal(isFree(), true);
    });

    it('is not waited for by what the session is asked meanwhile, nor kept by what is no change after all', async () => {
      session.newChange(PREFIX);
      await readWithin(0);
      assert.equal(isFree(), true);
      session.newChange(PREFIX).push('[]');
      await createWithin(0);
      assert.equal(isFree(), true);
      const wrong = session.newChange(PREFIX);
      wrong.push('{}');
      await assert.rejects(commitWithin(0, wrong), TypeError);
      assert.equal(isFree(), true);
    });

    it('by someone else, the change waits for it', async () => {
      await hold(0.3);
      const change = session.newChange(PREFIX);
      change.push(create('own-1'));
      assert.equal((await errorOf(commitWithin(0, change))).kind, 'lock-timeout');
      const again = session.newChange(PREFIX);
      again.push(create('own-1'));
      assert.equal((await commitWithin(10_000, again)).status, 'committed');
    });
  });

  it('reads and commits wait until it is free, and the event loop is free meanwhile', async () => {
    await hold(0.4);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    const begin = performance.now();
    await createWithin(10_000);
    clearInterval(timer);
    assert.ok(performance.now() - begin > 250);
    assert.ok(ticks > 20, `${ticks} ticks`);
  });

  it('a file that cannot be opened is not a timeout', async () => {
    for (const [file, errnoName] of [
      [join(directory, 'missing', 'lock'), 'ENOENT'],
      [join(lockFile, 'lock'), 'ENOTDIR'],
    ] as const) {
      await readWithin(0);
      const other = await addon().open({ namespace: namespace.path, lockFile: file });
      const error = await errorOf(other.read([], { lockTimeout: 1000 }));
      await other.close();
      assert.deepEqual([error.kind, error.syscall, error.errnoName], ['lock', 'open', errnoName]);
    }
  });

  it('is the one that XTABLES_LOCKFILE names', async () => {
    const other = join(directory, 'other');
    const before = process.env['XTABLES_LOCKFILE'];
    process.env['XTABLES_LOCKFILE'] = other;
    const second = await addon().open({ namespace: namespace.path });
    process.env['XTABLES_LOCKFILE'] = before;
    await second.read([], { lockTimeout: 0 });
    await second.close();
    assert.ok(statSync(other).isFile());
  });

  it('keeps two sessions from undoing each other', async () => {
    const other = await addon().open({ namespace: namespace.path, lockFile });
    const chains = Array.from({ length: 40 }, (_, index) => `own-${index}`);
    await Promise.all(
      chains.map((chain, index) =>
        (index % 2 === 0 ? session : other).commit(
          changeOf({ table: 'filter', operations: [{ op: 'createChain', chain }] }),
          { chainPrefix: PREFIX, lockTimeout: 10_000 },
        ),
      ),
    );
    await other.close();
    const snapshot = await session.read([{ family: 'ipv4', table: 'filter' }], { chainPrefix: PREFIX, lockTimeout: 0 });
    assert.deepEqual(new Set(snapshot.tables[0]?.chains.map(({ name }) => name)), new Set(chains));
  });

  it('keeps iptables and a session from undoing each other', async () => {
    const env = { ...process.env, XTABLES_LOCKFILE: lockFile };
    const script = 'for i in $(seq 20); do iptables-legacy -w -N theirs-$i; done';
    const theirs = namespace.exec('sh', ['-ec', script], { env });
    for (let index = 0; index < 20; index++) {
      await session.commit(changeOf({ table: 'filter', operations: [{ op: 'createChain', chain: `own-${index}` }] }), {
        chainPrefix: PREFIX,
        lockTimeout: 10_000,
      });
    }
    await theirs;
    const { tables } = await readWithin(1000);
    assert.equal(tables[0]?.chains.filter(({ name }) => /^(own|theirs)-/.test(name)).length, 40);
  });

  it('a change goes through when someone without the lock changes other rules all the while', async () => {
    const script = 'while true; do iptables-legacy -A FORWARD -j DROP; iptables-legacy -D FORWARD 1; echo; done';
    const env = { ...process.env, XTABLES_LOCKFILE: join(directory, 'another') };
    const theirs = namespace.spawn('sh', ['-c', script], { env });
    await once(theirs.stdout, 'data');
    const chains = Array.from({ length: 200 }, (_, index) => `own-${index}`);
    for (const chain of chains) {
      await session.commit(changeOf({ table: 'filter', operations: [{ op: 'createChain', chain }] }), {
        chainPrefix: PREFIX,
        lockTimeout: 10_000,
      });
    }
    theirs.kill();
    await once(theirs, 'close');
    const { tables } = await readWithin(1000);
    assert.equal(tables[0]?.chains.filter(({ name }) => name.startsWith(PREFIX)).length, chains.length);
  });
});
