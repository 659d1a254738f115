import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { openFirewall } from '../../lib';
import { Namespace } from '../support/namespace';
import { BIG_STEPS } from './programs/big-change';
import { PORTS } from './programs/ports';
import { runProgram } from './support/program';
import { addon, errorOf, OPTIONS, openIn, recordsOf } from './support/tables';

describe('native: lifetime', () => {
  let namespace: Namespace;

  beforeEach(async () => {
    namespace = await Namespace.create();
  });

  afterEach(async () => {
    await namespace?.remove();
  });

  /** How many of the big change's rules are there, for each of its steps. */
  async function progress(chain: string): Promise<number[]> {
    const session = await openIn(namespace);
    const snapshot = await session.read(BIG_STEPS, OPTIONS);
    await session.close();
    const counts = BIG_STEPS.map(() => 0);
    for (const { table, chain: name } of recordsOf(snapshot)) {
      if (name === chain) counts[table] = (counts[table] ?? 0) + 1;
    }
    return counts;
  }

  const ALL = BIG_STEPS.map(() => 1000);
  const NONE = BIG_STEPS.map(() => 0);

  /** What is under way completes: never a part of it. */
  async function assertAllOrNothing(chain: string): Promise<void> {
    const counts = await progress(chain);
    assert.ok(
      [ALL, NONE].some((expected) => expected.join() === counts.join()),
      `${chain}: ${counts.join()}`,
    );
  }

  it('an idle session does not keep the process, a call under way does', async () => {
    const { code, stdout, stderr } = await runProgram(namespace, 'idle-session');
    assert.deepEqual([code, stdout, stderr], [0, 'read 0', '']);
  });

  it('process.exit() in the middle of a commit leaves whole steps, in their order', async () => {
    for (const delay of [0, 3, 10, 30]) {
      const { code, stderr } = await runProgram(namespace, 'exit-in-commit', [String(delay)]);
      assert.deepEqual([code, stderr], [7, '']);
      const counts = await progress('own-1');
      const done = counts.filter((count) => count === 1000).length;
      assert.deepEqual(
        counts,
        BIG_STEPS.map((_, index) => (index < done ? 1000 : 0)),
      );
      await namespace.remove();
      namespace = await Namespace.create();
    }
  });

  for (const backend of ['iptc', 'nft'] as const) {
    it(`process.exit() in the middle of a change: the next open finds all of it or nothing, ${backend}`, async () => {
      for (const delay of [0, 6, 20]) {
        const { code, stderr } = await runProgram(namespace, 'exit-in-publish', [backend, String(delay)]);
        assert.deepEqual([code, stderr], [7, '']);
        await using firewall = await openFirewall({ backend, namespace: namespace.path });
        const wanted = PORTS.map(({ port }) => port);
        const found = (await firewall.published()).map(({ port }) => port);
        assert.deepEqual(found.toSorted(), found.length === 0 ? [] : wanted);
        assert.equal((await firewall.planAll(found.length === 0 ? [] : PORTS)).added.length, 0);
        await firewall.clear();
      }
    });
  }

  it('process.exit() waits for nothing', async () => {
    const lockFile = `${process.env['XTABLES_LOCKFILE']}-held`;
    const holder = spawn('flock', ['--no-fork', lockFile, 'sh', '-c', 'echo held; exec sleep 60']);
    await once(holder.stdout, 'data');
    const begin = performance.now();
    const { code, stderr } = await runProgram(namespace, 'waiting-for-lock', [lockFile]);
    assert.deepEqual([code, stderr], [7, '']);
    assert.ok(performance.now() - begin < 10_000);
    holder.kill();
  });

  it('sessions that nobody closed end when they are collected', async () => {
    const { stdout, stderr } = await runProgram(namespace, 'forgotten-sessions', [], { node: ['--expose-gc'] });
    assert.deepEqual([stdout, stderr], [JSON.stringify({ grew: true, left: 0 }), '']);
  });

  it('close() comes after the calls before it, and what comes later is refused', async () => {
    const session = await openIn(namespace);
    const order: string[] = [];
    const calls = [
      session.read(BIG_STEPS, OPTIONS).then(() => order.push('read')),
      session.close().then(() => order.push('close')),
      errorOf(session.read([], OPTIONS)).then(({ kind }) => order.push(kind)),
      session.close().then(() => order.push('close again')),
    ];
    await Promise.all(calls);
    assert.deepEqual(order.toSorted(), ['close', 'close again', 'closed', 'read']);
    assert.ok(order.indexOf('read') < order.indexOf('close'));
  });

  describe('in worker threads', () => {
    const start = (chain: string) =>
      new Worker(join(__dirname, 'programs', 'worker.ts'), {
        workerData: { namespace: namespace.path, chain },
        execArgv: ['--require', 'tsx/cjs'],
      });

    it('works in several at once', async () => {
      const workers = ['own-1', 'own-2', 'own-3'].map(start);
      const codes = await Promise.all(workers.map((worker) => once(worker, 'exit')));
      assert.deepEqual(codes.flat(), [0, 0, 0]);
      for (const chain of ['own-1', 'own-2', 'own-3']) assert.deepEqual(await progress(chain), ALL);
    });

    it('a worker that is terminated in the middle of a commit does no harm', async () => {
      const threads = readdirSync('/proc/self/task').length;
      for (const [index, delay] of [0, 1, 2, 4, 8, 16, 32].entries()) {
        const worker = start(`own-${index}`);
        await once(worker, 'message');
        await sleep(delay);
        await worker.terminate();
        await assertAllOrNothing(`own-${index}`);
      }
      assert.ok(readdirSync('/proc/self/task').length <= threads);
    });

    it('a worker that is terminated while it waits for the lock ends at once', async () => {
      const file = join(__dirname, 'programs', 'worker.ts');
      const lockFile = `${process.env['XTABLES_LOCKFILE']}-worker`;
      const holder = spawn('flock', ['--no-fork', lockFile, 'sh', '-c', 'echo held; exec sleep 60']);
      await once(holder.stdout, 'data');
      const worker = new Worker(file, {
        workerData: { namespace: namespace.path, chain: 'own-1' },
        execArgv: ['--require', 'tsx/cjs'],
        env: { ...process.env, XTABLES_LOCKFILE: lockFile },
      });
      await once(worker, 'message');
      const begin = performance.now();
      await worker.terminate();
      assert.ok(performance.now() - begin < 5_000);
      holder.kill();
      assert.deepEqual(await progress('own-1'), NONE);
    });
  });

  it('the addon is one object for every caller', () => {
    assert.equal(addon(), addon());
  });
});
