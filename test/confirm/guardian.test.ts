import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { builtProgram } from '../cli/program';
import { FAMILIES, Hosts, SERVER_ADDRESSES } from '../support/hosts';
import { Namespace } from '../support/namespace';
import { until } from '../support/until';
import { guardiansIn, sessionOf } from './guardians';

const PORTS = 'published: [{ name: web, port: 8446, targetPort: 8443 }]';

for (const backend of ['iptc', 'nft'] as const) {
  describe(`A change that waits for its confirmation, on ${backend}`, () => {
    let hosts: Hosts;
    let directory: string;
    let program: string;

    beforeEach(async () => {
      program = await builtProgram();
      hosts = await Hosts.create();
      directory = mkdtempSync(join(tmpdir(), 'portshift-confirm-'));
      await hosts.server.serve({ kind: 'tcp', id: 'blue', port: 8443 });
      await portshift('publish 8445:8443 --name web');
    });

    afterEach(async () => {
      for (const pid of guardiansIn(directory)) process.kill(pid, 'SIGKILL');
      await hosts.remove();
      rmSync(directory, { recursive: true, force: true });
    });

    const env = () => ({ ...process.env, PORTSHIFT_STATE_DIR: directory });
    const words = (args: string) => [program, '--backend', backend, ...args.split(' ')];
    const run = (args: string, input = '') =>
      hosts.server.namespace.run(process.execPath, words(args), { env: env(), input });

    async function portshift(args: string, input = ''): Promise<string> {
      const { code, stdout, stderr } = await run(args, input);
      assert.deepEqual([code, stderr], [0, '']);
      return stdout;
    }

    /** On which of the ports clients are served, from outside and on the host, over both families. */
    async function reachable(): Promise<number[]> {
      const ports = [8443, 8445, 8446];
      const open = await Promise.all(ports.map(isReachable));
      return ports.filter((_, index) => open[index]);
    }

    async function isReachable(port: number): Promise<boolean> {
      const outcomes = await Promise.all(
        FAMILIES.flatMap((family) => {
          const probe = { protocol: 'tcp' as const, address: SERVER_ADDRESSES[family][0], port, timeout: 400 };
          return [hosts.outside.probe([probe]), hosts.server.probe([probe])];
        }),
      );
      const states = new Set(outcomes.flat().map(({ state }) => state === 'open'));
      assert.equal(states.size, 1, `port ${port} is the same to everybody`);
      return states.has(true);
    }

    const nothingIsLeft = () => guardiansIn(directory).length === 0 && !hasSocket();
    const hasSocket = () => readdirSync(directory).some((file) => !file.endsWith('.json'));

    it('is rolled back although the process that made it was killed', async () => {
      const killed = [join(__dirname, 'killed.ts'), join(dirname(program), '..', 'index.js'), backend, '4000'];
      const child = hosts.server.namespace.spawn(process.execPath, ['--require', 'tsx/cjs', ...killed], {
        env: env(),
        cwd: join(__dirname, '..', '..'),
      });
      await once(child.stdout, 'data');
      child.kill('SIGKILL');
      assert.deepEqual(await reachable(), [8446]);
      await until('rolled back', nothingIsLeft);
      assert.deepEqual(await reachable(), [8445]);
    });

    it('has a guardian in a session of its own, without a terminal, and nothing is left of it after confirm', async () => {
      // A terminal that goes away when the command is done.
      const command = [process.execPath, ...words('apply - --confirm-within 1h')].join(' ');
      const typescript = ['--quiet', '--return', '--command', `echo '${PORTS}' | ${command}`, '/dev/null'];
      const { code, stdout } = await hosts.server.namespace.run('script', typescript, { env: env() });
      assert.equal(code, 0, stdout);
      assert.match(stdout, /waiting for `portshift confirm`; without it, rolled back in 3600 s, at \d\d:\d\d:\d\d:/);
      const [pid = 0, ...others] = guardiansIn(directory);
      assert.deepEqual(others, []);
      assert.deepEqual(sessionOf(pid), { session: pid, terminal: 0 });
      assert.equal(await portshift('confirm'), 'confirmed: the change stays\n');
      assert.ok(nothingIsLeft());
      assert.deepEqual(await reachable(), [8446]);
      assert.equal((await run('confirm')).code, 1);
    });

    it('is shown by list, as what would be rolled back, and when', async () => {
      assert.ok(!(await portshift('list')).includes('confirm'));
      await portshift('apply - --confirm-within 10m', PORTS);
      assert.match(
        await portshift('list'),
        /\n\nwaiting for `portshift confirm`; without it, rolled back in (600|59\d) s, at \d\d:\d\d:\d\d:\n(- .*8446>8443 name=web\n){2}(\+ .*8445>8443 name=web\n){2}$/,
      );
      const { pending } = JSON.parse(await portshift('list --json')) as { pending: Record<string, unknown> };
      assert.deepEqual(Object.keys(pending).sort(), ['added', 'guardian', 'remaining', 'removed']);
      assert.equal(pending['guardian'], 'running');
      await portshift('rollback');
      assert.ok(nothingIsLeft());
      assert.deepEqual(await reachable(), [8445]);
    });

    it('is rolled back at once when its guardian is told to end', async () => {
      await portshift('apply - --confirm-within 1h', PORTS);
      for (const pid of guardiansIn(directory)) process.kill(pid, 'SIGTERM');
      await until('rolled back', nothingIsLeft);
      assert.deepEqual(await reachable(), [8445]);
      assert.match((await run('rollback')).stderr, /nothing to roll back/);
    });

    it('is said to be unguarded when its guardian was killed', async () => {
      await portshift('apply - --confirm-within 1h', PORTS);
      for (const pid of guardiansIn(directory)) process.kill(pid, 'SIGKILL');
      await until('gone', () => guardiansIn(directory).length === 0);
      assert.match(await portshift('list'), /the process that would have rolled it back was killed: it stays as it is/);
      await portshift('confirm');
      assert.ok(nothingIsLeft());
      // The next one does not mind what is left of it.
      await portshift('apply - --confirm-within 1h', 'published: []');
      for (const pid of guardiansIn(directory)) process.kill(pid, 'SIGKILL');
      await until('gone', () => guardiansIn(directory).length === 0);
      await portshift('apply - --confirm-within 1h', PORTS);
      await portshift('confirm');
    });

    it('waits in a directory of any length', async () => {
      const long = { ...env(), PORTSHIFT_STATE_DIR: join(directory, 'x'.repeat(200)) };
      const run_ = (args: string, input = '') =>
        hosts.server.namespace.run(process.execPath, words(args), { env: long, input });
      assert.equal((await run_('apply - --confirm-within 60s', PORTS)).code, 0);
      assert.equal((await run_('confirm')).stdout, 'confirmed: the change stays\n');
    });

    it('is not made where nobody could roll it back', async () => {
      const { openFirewall } = require(join(dirname(program), '..', 'index.js')) as typeof import('../../lib');
      const firewall = await openFirewall({ backend, namespace: hosts.path });
      const options = process.env['NODE_OPTIONS'];
      process.env['NODE_OPTIONS'] = '--require /nonexistent/module';
      try {
        await assert.rejects(() => firewall.publishAll([], { confirmWithin: 60_000 }), {
          code: 'ERR_GUARDIAN',
          message: /could not be started: it ended with exit code 1; nothing was changed$/,
        });
      } finally {
        if (options === undefined) delete process.env['NODE_OPTIONS'];
        else process.env['NODE_OPTIONS'] = options;
      }
      await firewall.close();
      const nowhere = { ...env(), PORTSHIFT_STATE_DIR: join(directory, 'missing', 'too') };
      const words_ = words('apply - --confirm-within 60s');
      const { code, stderr } = await hosts.server.namespace.run(process.execPath, words_, {
        env: nowhere,
        input: PORTS,
      });
      assert.equal(code, 1);
      assert.match(
        stderr,
        /no safe place for it \(ENOENT.*missing'\); make one for uid \d+ alone \(install -d .*missing\/too\)/,
      );
      assert.deepEqual(await reachable(), [8445]);
    });
  });
}

describe('A rollback that another program holds up', () => {
  it('is tried until it succeeds, and list says why it has not', async () => {
    const hosts = await Hosts.create();
    const directory = mkdtempSync(join(tmpdir(), 'portshift-confirm-'));
    const lock = join(directory, 'xtables.lock');
    const usual = process.env['PORTSHIFT_STATE_DIR'] ?? '';
    process.env['PORTSHIFT_STATE_DIR'] = directory;
    const env = { ...process.env, XTABLES_LOCKFILE: lock };
    const program = await builtProgram();
    const portshift = async (args: string, input = '') => {
      const words = [program, '--backend', 'iptc', '--lock-timeout', '200ms', ...args.split(' ')];
      const { stdout, stderr } = await hosts.server.namespace.run(process.execPath, words, { env, input });
      assert.equal(stderr, '');
      return stdout;
    };
    try {
      await portshift('apply - --confirm-within 1s', PORTS);
      const holder = hosts.server.namespace.spawn('flock', [lock, 'sh', '-c', 'echo held; exec cat']);
      await once(holder.stdout, 'data');
      const { openFirewall } = require(join(dirname(program), '..', 'index.js')) as typeof import('../../lib');
      const nft = await openFirewall({ backend: 'nft', namespace: hosts.path });
      await until('it fails', async () => {
        const pending = await nft.pending();
        return pending?.guardian === 'running' && /xtables lock/.test(pending.failure ?? '') && pending.remaining === 0;
      });
      await nft.close();
      holder.stdin.end();
      await until('rolled back', () => guardiansIn(directory).length === 0);
      assert.match(await portshift('list'), /^nothing is published/);
    } finally {
      process.env['PORTSHIFT_STATE_DIR'] = usual;
      for (const pid of guardiansIn(directory)) process.kill(pid, 'SIGKILL');
      await hosts.remove();
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

describe('The xtables lock of a guardian', () => {
  const usual = process.cwd();
  const names = ['XTABLES_LOCKFILE', 'PORTSHIFT_STATE_DIR'] as const;
  const before_ = names.map((name) => process.env[name] ?? '');
  let directory: string;
  let namespace: Namespace;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'portshift-confirm-'));
    namespace = await Namespace.create();
    process.env['PORTSHIFT_STATE_DIR'] = join(directory, 'state');
  });

  afterEach(async () => {
    process.chdir(usual);
    for (const [index, name] of names.entries()) process.env[name] = before_[index];
    for (const pid of guardiansIn(join(directory, 'state'))) process.kill(pid, 'SIGKILL');
    await namespace.remove();
    rmSync(directory, { recursive: true, force: true });
  });

  it('is the one that its firewall was opened with, wherever that process goes and whatever it names later', async () => {
    const library = join(dirname(await builtProgram()), '..', 'index.js');
    const { openFirewall } = require(library) as typeof import('../../lib');
    process.chdir(directory);
    process.env['XTABLES_LOCKFILE'] = 'relative.lock';
    const firewall = await openFirewall({ backend: 'iptc', namespace: namespace.path });
    process.chdir('/');
    process.env['XTABLES_LOCKFILE'] = join(directory, 'another.lock');
    await firewall.publishAll([{ port: 8445, targetPort: 8443 }], { confirmWithin: 60_000 });
    const [pid] = guardiansIn(join(directory, 'state'));
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    assert.ok(environment.includes(`XTABLES_LOCKFILE=${join(directory, 'relative.lock')}`), environment.join('\n'));
    await firewall.confirm();
    await firewall.clear();
    await firewall.close();
    assert.deepEqual(
      readdirSync(directory).filter((name) => name.endsWith('.lock')),
      ['relative.lock'],
    );
  });
});
