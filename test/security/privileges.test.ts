import assert from 'node:assert/strict';
import { chownSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackendName, FirewallErrorCode } from '../../lib';
import { Namespace } from '../support/namespace';
import { Installed } from './installed';

const ORDINARY = 65534;

/** What the library is used for, in one go; then the outcome as JSON. */
const PROGRAM = `
  const { connect, createServer } = require('node:net');
  const { once } = require('node:events');
  const { openFirewall } = require(process.argv[1]);
  async function main({ backend, namespace }) {
    const firewall = await openFirewall({ backend, namespace });
    const server = createServer((socket) => socket.on('error', () => {})).listen(8443, '::');
    await once(server, 'listening');
    const client = connect(8443, '127.0.0.1').on('error', () => {});
    await once(client, 'connect');
    const web = await firewall.publish({ name: 'web', port: 8445, targetPort: 8443, established: 'drop' });
    const { ended } = web.applied;
    await web.move(8446);
    await web.drained({ timeout: 5000 });
    const published = await firewall.status();
    await web.withdraw();
    await firewall.close();
    client.destroy();
    server.close();
    return { user: process.getuid(), ports: published.map(({ port }) => port), ended };
  }
  main(JSON.parse(process.argv[2]))
    .catch(({ code, message, errno }) => ({ code, message, errno }))
    .then((outcome) => console.log(JSON.stringify(outcome)));
`;

/** Calls before and after the process has become somebody else, on every thread, as process.setuid() does. */
const BECOMING = `
  const { openFirewall } = require(process.argv[1]);
  async function main({ backend, user }) {
    const firewall = await openFirewall({ backend });
    const web = await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
    await web.move(8446);
    process.setgroups([]);
    process.setgid(user);
    process.setuid(user);
    const calls = {
      move: () => web.move(8447),
      withdraw: () => web.withdraw(),
      publish: () => firewall.publish({ port: 9445, targetPort: 9443, established: 'drop' }),
      clear: () => firewall.clear(),
      drained: () => web.drained({ timeout: 5000 }),
    };
    const outcomes = {};
    for (const [name, call] of Object.entries(calls)) {
      outcomes[name] = await call().then(() => 'done', ({ code, errno }) => [code, errno].join(' '));
    }
    await firewall.close();
    return outcomes;
  }
  main(JSON.parse(process.argv[2])).then((outcomes) => console.log(JSON.stringify(outcomes)));
`;

interface Outcome {
  readonly user?: number;
  readonly ports?: readonly number[];
  readonly ended?: { readonly connections: number; readonly error?: unknown };
  readonly code?: FirewallErrorCode;
  readonly message?: string;
  readonly errno?: string;
}

interface Options {
  readonly backend: BackendName | 'auto';
  /** Exactly these, in every set of the process. */
  readonly capabilities: readonly string[];
  /** By its number, or by a file that the process has open already. */
  readonly enter?: Namespace;
}

const CLEARED = `nft flush ruleset; for command in iptables-legacy ip6tables-legacy; do for table in filter mangle nat; do
  $command -w -t $table -F; $command -w -t $table -X; done; done`;

/** A user namespace that maps one user has no other one: there, root gets nothing for being root. */
async function identity(): Promise<{ user: number; arguments: string[] }> {
  const users = (await readFile('/proc/self/uid_map', 'utf8')).trim().split(/\s+/);
  if (users[2] === '1') return { user: 0, arguments: ['--securebits', '+noroot,+noroot_locked'] };
  const id = String(ORDINARY);
  return { user: ORDINARY, arguments: ['--reuid', id, '--regid', id, '--clear-groups'] };
}

describe('An ordinary user', () => {
  let namespace: Namespace;
  let other: Namespace;
  let installed: Installed;
  let directory: string;
  let user: number;
  let become: string[];

  before(async () => {
    [namespace, other] = await Promise.all([Namespace.create(), Namespace.create()]);
    ({ user, arguments: become } = await identity());
    installed = await Installed.create();
    ({ directory } = installed);
    await writeFile(join(directory, 'xtables.lock'), '');
    chownSync(join(directory, 'xtables.lock'), user, user);
  });

  after(async () => {
    await Promise.all([namespace?.remove(), other?.remove(), installed?.remove()]);
  });

  async function run(
    { backend, capabilities, enter }: Options,
    lock = join(directory, 'xtables.lock'),
  ): Promise<Outcome> {
    const only = ['-all', ...capabilities.map((capability) => `+${capability}`)].join();
    const sets = ['--bounding-set', only, '--inh-caps', only, '--ambient-caps', only];
    const options = JSON.stringify({ backend, ...(enter && { namespace: '/proc/self/fd/3' }) });
    const program = [process.execPath, '--eval', PROGRAM, join(directory, 'dist'), options];
    const { stdout, stderr } = await namespace.exec(
      'sh',
      ['-c', `exec 3< ${(enter ?? namespace).path}; exec "$@"`, 'sh', 'setpriv', ...become, ...sets, '--', ...program],
      { env: { ...process.env, XTABLES_LOCKFILE: lock }, cwd: '/' },
    );
    assert.notEqual(stdout, '', stderr);
    return JSON.parse(stdout) as Outcome;
  }

  const rules = async () => {
    const listings = ['iptables-legacy-save', 'ip6tables-legacy-save', 'nft'].map((command) =>
      namespace.exec(command, command === 'nft' ? ['list', 'ruleset'] : []),
    );
    return (await Promise.all(listings)).map(({ stdout }) => stdout.replace(/^[#:].*\n/gm, ''));
  };

  const NEEDS = { nft: ['net_admin'], iptc: ['net_admin', 'net_raw'] } as const;

  for (const backend of ['nft', 'iptc'] as const) {
    const capabilities = NEEDS[backend];

    it(`does everything on ${backend} with ${capabilities.join(' and ')} alone`, async () => {
      const outcome = await run({ backend, capabilities });
      assert.deepEqual(outcome, { user, ports: [8446], ended: { connections: 1 } });
    });

    for (const missing of capabilities) {
      it(`is told what ${backend} needs without ${missing}, and nothing changes`, async () => {
        const before = await rules();
        const others = ['chown', 'dac_override', 'net_bind_service', 'net_raw', 'net_admin', 'sys_ptrace'];
        const {
          code,
          errno,
          message = '',
        } = await run({
          backend,
          capabilities: others.filter((capability) => capability !== missing),
        });
        assert.deepEqual([code, errno], ['ERR_PERMISSION', 'EPERM']);
        for (const needed of capabilities) assert.ok(message.includes(`CAP_${needed.toUpperCase()}`), message);
        assert.deepEqual(await rules(), before);
      });
    }

    it(`can change nothing any more on ${backend} once it has become one, whatever it opened before`, async () => {
      if (user === 0) {
        process.stderr.write('this user namespace has one user only: nobody can become another one here\n');
        return;
      }
      const options = JSON.stringify({ backend, user });
      const { stdout, stderr } = await namespace.exec(
        process.execPath,
        ['--eval', BECOMING, join(directory, 'dist'), options],
        { env: { ...process.env, XTABLES_LOCKFILE: join(directory, 'xtables.lock') }, cwd: '/' },
      );
      assert.notEqual(stdout, '', stderr);
      assert.deepEqual(Object.values(JSON.parse(stdout) as object), Array(5).fill('ERR_PERMISSION EPERM'));
      const [ipv4 = '', ipv6 = '', nft = ''] = await rules();
      for (const listing of backend === 'nft' ? [nft] : [ipv4, ipv6]) {
        assert.match(listing, /8446/);
        assert.doesNotMatch(listing, /8447|9445/);
      }
      await namespace.exec('sh', ['-ec', CLEARED]);
    });

    it(`needs sys_admin as well to enter another namespace on ${backend}`, async () => {
      const denied = await run({ backend, capabilities, enter: other });
      assert.deepEqual([denied.code, denied.errno], ['ERR_PERMISSION', 'EPERM']);
      assert.match(denied.message ?? '', /CAP_SYS_ADMIN/);
      const entered = await run({ backend, capabilities: [...capabilities, 'sys_admin'], enter: other });
      assert.deepEqual(entered.ports, [8446], entered.message);
    });
  }

  it('is told of both backends where neither can be used', async () => {
    const { code, message = '' } = await run({ backend: 'auto', capabilities: [] });
    assert.equal(code, 'ERR_PERMISSION');
    for (const words of ['nft', 'iptc', 'CAP_NET_ADMIN', 'CAP_NET_RAW']) assert.ok(message.includes(words), message);
  });

  it('is told which lock file to make writable', async () => {
    const lock = join(directory, 'denied.lock');
    await writeFile(lock, '', { mode: 0o000 });
    const { code, errno, message = '' } = await run({ backend: 'iptc', capabilities: NEEDS.iptc }, lock);
    assert.deepEqual([code, errno], ['ERR_PERMISSION', 'EACCES']);
    for (const words of [lock, 'XTABLES_LOCKFILE']) assert.ok(message.includes(words), message);
  });
});
