import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BackendName, openFirewall } from '../../lib';
import { Guardian } from '../../lib/confirm/guardian';
import { builtProgram } from '../cli/program';
import { Namespace } from '../support/namespace';
import { until } from '../support/until';
import { guardiansIn } from './guardians';

const PORTS = 'published: [{ name: web, port: 8445, targetPort: 8443 }]';

describe('A guardian that does not answer', () => {
  let namespace: Namespace;
  let directory: string;

  beforeEach(async () => {
    namespace = await Namespace.create();
    directory = mkdtempSync(join(tmpdir(), 'portshift-confirm-'));
  });

  afterEach(async () => {
    for (const pid of guardiansIn(directory)) process.kill(pid, 'SIGKILL');
    await namespace.remove();
    rmSync(directory, { recursive: true, force: true });
  });

  async function portshift(args: string, input = '') {
    const words = [await builtProgram(), '--backend', 'nft', ...args.split(' ')];
    return namespace.run(process.execPath, words, { env: { ...process.env, PORTSHIFT_STATE_DIR: directory }, input });
  }

  function signal(name: NodeJS.Signals): number {
    const [pid = 0, ...others] = guardiansIn(directory);
    assert.ok(pid > 0 && others.length === 0);
    process.kill(pid, name);
    return pid;
  }

  it('keeps no command from its end, and each says so', async function () {
    this.timeout(60_000);
    assert.equal((await portshift('apply - --confirm-within 1h', PORTS)).code, 0);
    const pid = signal('SIGSTOP');
    const silent = new RegExp(`process ${pid}.* does not answer, as it is stopped or frozen`);
    // Each waits for as long as it may: all at once.
    const [list, confirm, apply] = await Promise.all([
      portshift('list'),
      portshift('confirm'),
      portshift('apply - --confirm-within 1h', 'published: []'),
    ]);
    assert.equal(list.code, 0);
    assert.match(list.stdout, silent);
    assert.equal(confirm.code, 1);
    assert.match(confirm.stderr, silent);
    assert.equal(apply.code, 1);
    assert.match(apply.stderr, silent);
    assert.match(apply.stderr, /nothing was changed/);
    const rollback = await portshift('rollback');
    assert.equal(rollback.code, 0);
    assert.match(rollback.stderr, /^portshift: the rules are back, but .* does not answer/);
    assert.match((await portshift('list')).stdout, /^nothing is published/);
    // What it was asked and did not answer, it does once it goes on: that was to confirm.
    signal('SIGCONT');
    await until('it ends', () => guardiansIn(directory).length === 0);
  });

  it('takes back what it had begun for who did not wait, once it goes on', async () => {
    assert.equal((await portshift('apply - --confirm-within 1h', PORTS)).code, 0);
    signal('SIGSTOP');
    assert.equal((await portshift('apply - --confirm-within 1s', 'published: []')).code, 1);
    signal('SIGCONT');
    // Longer than the time of the change that was not made.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    assert.match((await portshift('list')).stdout, /rolled back in 3\d\d\d s/);
    assert.equal((await portshift('confirm')).code, 0);
  });

  it('keeps no call longer than its signal says', async () => {
    process.env['PORTSHIFT_STATE_DIR'] = directory;
    const firewall = await openFirewall({ backend: 'nft', namespace: namespace.path });
    try {
      assert.equal((await portshift('apply - --confirm-within 1h', PORTS)).code, 0);
      signal('SIGSTOP');
      const abort = new AbortController();
      const applying = firewall.publishAll([], { confirmWithin: 60_000, signal: abort.signal });
      setTimeout(() => abort.abort(new Error('enough')), 100);
      await assert.rejects(applying, /enough/);
      assert.equal((await firewall.published()).length, 1);
      const pending = await firewall.pending();
      assert.equal(pending?.guardian, 'silent');
    } finally {
      await firewall.close();
    }
  });

  it('is given up where it could not be started in time', async () => {
    const firewall = await openFirewall({ backend: 'nft', namespace: namespace.path });
    try {
      const signal_ = AbortSignal.timeout(50);
      const call = () => firewall.publishAll([{ port: 8445, targetPort: 8443 }], { confirmWithin: 1, signal: signal_ });
      await assert.rejects(call, { name: 'TimeoutError' });
      assert.deepEqual(await firewall.published(), []);
    } finally {
      await firewall.close();
    }
  });
});

describe('A guardian', () => {
  /** One of rules that are always as they were. */
  function guardian() {
    const restored: string[][] = [];
    const made = new Guardian(
      {
        backend: 'nft' as BackendName,
        restore: async ({ rules }) => restored.push([...rules]),
        planRestore: async () => ({ added: [], removed: [] }),
      },
      async () => {},
    );
    return { made, restored };
  }

  const arm = (before: string, within: number) => ({ do: 'arm', backend: 'nft', before: [before], within }) as const;

  it('takes back a start that nobody waited for, and goes by the time of what waited before', async () => {
    const { made, restored } = guardian();
    const [first, second] = [made.converse(), made.converse()];
    await first.answer(arm('first', 60_000));
    await first.answer({ do: 'start' });
    await second.answer(arm('second', 1));
    await second.answer({ do: 'start' });
    await second.answer({ do: 'abandon' });
    await second.ended();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(restored, []);
    const status = await made.converse().answer({ do: 'status' });
    assert.ok(status.is === 'status' && status.remaining > 50_000);
    await made.rollBackNow();
    assert.deepEqual(restored, [['first']]);
  });

  it('has nothing to wait for where the only start was taken back', async () => {
    const { made, restored } = guardian();
    const only = made.converse();
    await only.answer(arm('only', 1));
    await only.answer({ do: 'start' });
    await only.answer({ do: 'abandon' });
    await only.ended();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(restored, []);
    assert.deepEqual(await only.answer({ do: 'status' }), { is: 'refused', why: 'it is over' });
  });
});

describe('Where no file can be opened any more', () => {
  it('each call rejects with a FirewallError, or does what it is asked; nothing is left of it', async () => {
    const namespace = await Namespace.create();
    const directory = mkdtempSync(join(tmpdir(), 'portshift-confirm-'));
    const program = join(directory, 'program.js');
    writeFileSync(program, EXHAUSTION);
    try {
      const library = join(await builtProgram(), '..', '..', 'index.js');
      const words = ['-c', 'ulimit -n 80; exec "$@"', 'bash', process.execPath, program, library];
      const env = { ...process.env, PORTSHIFT_STATE_DIR: join(directory, 'state') };
      const { code, stdout, stderr } = await namespace.run('bash', words, { env, timeout: 120_000 });
      assert.deepEqual([code, stderr], [0, '']);
      const outcomes = JSON.parse(stdout) as string[];
      assert.deepEqual(
        outcomes.filter((one) => one.startsWith('wrong')),
        [],
      );
      assert.ok(outcomes.some((one) => one.includes('ERR_GUARDIAN')) && outcomes.some((one) => one === 'done'), stdout);
      assert.deepEqual(guardiansIn(join(directory, 'state')), []);
      assert.deepEqual(readdirSync(join(directory, 'state')), []);
    } finally {
      for (const pid of guardiansIn(join(directory, 'state'))) process.kill(pid, 'SIGKILL');
      await namespace.remove();
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

/** Makes calls with so many descriptors left, from none to nine, and prints what came of each. */
const EXHAUSTION = `
  const { closeSync, openSync, readdirSync } = require('node:fs');
  const { openFirewall, FirewallError } = require(process.argv[2]);
  const PORT = { name: 'a', port: 8445, targetPort: 8443 };
  const outcomes = [];
  async function main() {
    const firewall = await openFirewall({ backend: 'nft', namespace: '/proc/self/ns/net' });
    const calls = {
      confirm: () => firewall.publishAll([{ ...PORT, port: 8446 }], { confirmWithin: 60000 }),
      watch: async () => (await firewall.watch()).close(),
      clear: () => firewall.clear(),
      pending: () => firewall.pending(),
    };
    for (const [name, call] of Object.entries(calls)) {
      for (let left = 0; left < 10; left += 1) {
        await firewall.publishAll([PORT]);
        const open = readdirSync('/proc/self/fd').length;
        const held = [];
        try { for (;;) held.push(openSync('/dev/null')); } catch {}
        for (const file of held.splice(0, left)) closeSync(file);
        outcomes.push(await call().then(() => 'done', (error) => {
          if (!(error instanceof FirewallError)) return 'wrong: ' + name + ' ' + error.stack;
          return error.code + ' ' + error.message;
        }));
        for (const file of held) closeSync(file);
        const failed = outcomes.at(-1) !== 'done';
        const [{ port } = {}] = (await firewall.published()).map(({ port }) => ({ port }));
        if (failed && port !== 8445) outcomes.push('wrong: ' + name + ' has changed something');
        if ((await firewall.pending()) !== undefined) await firewall.confirm();
        await new Promise((resolve) => setTimeout(resolve, 20));
        const after = readdirSync('/proc/self/fd').length;
        if (after > open + 2) outcomes.push('wrong: ' + name + ' leaves ' + (after - open) + ' files open');
      }
    }
    await firewall.clear();
    await firewall.close();
    console.log(JSON.stringify(outcomes));
  }
  void main();`;
