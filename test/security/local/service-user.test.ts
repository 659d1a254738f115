import assert from 'node:assert/strict';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { guardiansIn } from '../../confirm/guardians';
import type { Output } from '../../support/command';
import { Namespace } from '../../support/namespace';
import { until } from '../../support/until';
import { Installed } from '../installed';
import { asUser, itWithUsers, OTHER_SERVICE, SERVICE } from './users';

const PORTS = 'published: [{ name: web, port: 8445, targetPort: 8443 }]';

/** Root, and two users with CAP_NET_ADMIN in the same network namespace, each with a directory for state. */
const USERS = { root: 0, service: SERVICE, other: OTHER_SERVICE } as const;
type User = keyof typeof USERS;

describe('Another user who runs portshift in the same namespace', () => {
  let installed: Installed;
  let namespace: Namespace;
  let directory: string;

  before(async () => {
    installed = await Installed.create();
  });
  after(() => installed.remove());

  beforeEach(async () => {
    namespace = await Namespace.create();
    directory = mkdtempSync('/tmp/portshift-service-');
    // Others may go through; root's own is made by portshift.
    chmodSync(directory, 0o755);
    for (const user of ['service', 'other'] as const) mkdirSync(join(directory, user), { mode: 0o700 });
  });
  afterEach(async () => {
    for (const user of Object.keys(USERS)) {
      for (const pid of guardiansIn(join(directory, user))) process.kill(pid, 'SIGKILL');
    }
    await namespace.remove();
    rmSync(directory, { recursive: true, force: true });
  });

  /** As systemd does for the StateDirectory= of a unit. */
  function giveDirectories(): void {
    for (const user of ['service', 'other'] as const) chownSync(join(directory, user), USERS[user], USERS[user]);
  }

  const words = (user: User, args: string) => [
    ...(USERS[user] === 0 ? [] : asUser(USERS[user], ['net_admin'])),
    process.execPath,
    installed.program,
    '--backend',
    'nft',
    ...args.split(' '),
  ];

  function portshift(user: User, args: string, { state = user as string, input = '' } = {}): Promise<Output> {
    const [command = '', ...rest] = words(user, args);
    const env = { ...process.env, PORTSHIFT_STATE_DIR: join(directory, state) };
    return namespace.run(command, rest, { env, cwd: '/', input });
  }

  async function done(user: User, args: string, input = ''): Promise<string> {
    const { code, stdout, stderr } = await portshift(user, args, { input });
    assert.deepEqual([code, stderr], [0, ''], `${user}: ${args}`);
    return stdout;
  }

  /** A watch of that user that heals, and all that it has printed. */
  async function watching(user: User): Promise<{ child: ChildProcessWithoutNullStreams; printed: () => string }> {
    const [command = '', ...rest] = words(user, 'watch --heal');
    const env = { ...process.env, PORTSHIFT_STATE_DIR: join(directory, user) };
    const child = namespace.spawn(command, rest, { env, cwd: '/' });
    const printed: string[] = [];
    child.stdout.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
    await until('it watches', () => printed.join('').includes('watching'));
    return { child, printed: () => printed.join('') };
  }

  itWithUsers('confirms and undoes only what is their own', async () => {
    giveDirectories();
    await done('service', 'apply - --confirm-within 60s', PORTS);
    for (const user of ['root', 'other'] as const) {
      assert.match((await portshift(user, 'confirm')).stderr, /no change waits for this confirmation/);
      assert.match((await portshift(user, 'rollback')).stderr, /nothing to roll back/);
    }
    // Who names the directory of somebody else, root included, is refused it.
    for (const user of ['root', 'other'] as const) {
      const { code, stderr } = await portshift(user, 'rollback', { state: 'service' });
      assert.equal(code, 1);
      assert.match(stderr, /service belongs to another user, of uid 23452|EACCES/);
    }
    assert.match(await done('service', 'list'), /waiting for `portshift confirm`/);
    assert.equal(await done('service', 'confirm'), 'confirmed: the change stays\n');
    assert.deepEqual(
      readdirSync(join(directory, 'service')).map((name) => name.replace(/^.*-portshift/, '')),
      ['.json'],
    );
  });

  itWithUsers('is told by root that everything goes, and tells each other what they cannot hear', async () => {
    giveDirectories();
    await done('service', 'publish 8445:8443 --name web');
    const { printed } = await watching('service');
    await done('root', 'clear');
    await done('root', 'publish 9445:9443 --name other');
    // The watch is no root to another service: that one learns of it, and what comes of it.
    const { code, stderr } = await portshift('other', 'clear');
    assert.equal(code, 0);
    assert.match(stderr, /a watch of these rules, process \d+ of uid 23452, is not told by uid 23453/);
    await until('it heals', () => printed().includes('healed'));
    const { stdout } = await portshift('root', 'list');
    assert.match(stdout, /^other/m);
    assert.doesNotMatch(stdout, /8445/);
  });

  itWithUsers('with an owner of their own is not in the way', async () => {
    giveDirectories();
    await done('service', 'publish 8445:8443 --name web --owner blue');
    await done('other', 'publish 8446:8444 --name web --owner green');
    const { printed } = await watching('service');
    await done('other', 'clear --owner green');
    assert.match(await done('service', 'list --owner blue'), /^web +tcp/m);
    assert.doesNotMatch(printed(), /lost|healed/);
  });
});
