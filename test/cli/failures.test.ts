import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { useCommandLine } from './command-line';

/** A process of root's without any capability, as an ordinary user is. */
const POWERLESS = ['setpriv', '--bounding-set=-all', '--inh-caps=-all'];

describe('portshift says what is wrong and what to do:', () => {
  const cli = useCommandLine();

  it('no privileges', async () => {
    const line = await cli().fails(1, 'publish 8445:8443', { under: POWERLESS });
    assert.match(line, /CAP_NET_ADMIN|CAP_NET_RAW/);
    assert.match(line, /run portshift as root, .* `unshare -rn`$/);
    assert.equal(await cli().kernel(), '');
    await cli().done('publish 8445:8443');
    const error = await cli().failsWithJson(1, 'list', { under: POWERLESS });
    assert.deepEqual([error['code'], error['errno']], ['ERR_PERMISSION', 'EPERM']);
  });

  it('a lock that another program holds', async () => {
    const file = join(cli().directory, 'held.lock');
    const holder = cli().namespace.spawn('flock', ['--no-fork', file, 'sh', '-c', 'echo held; exec sleep infinity']);
    await once(holder.stdout, 'data');
    const env = { XTABLES_LOCKFILE: file };
    const error = await cli().failsWithJson(1, 'publish 8445:8443', { env });
    assert.equal(error['code'], 'ERR_LOCK_TIMEOUT');
    assert.match(String(error['message']), /held\.lock/);
    assert.match(String(error['message']), /; try again, or raise lockTimeout$/);
    assert.equal(await cli().kernel(), '');
  });

  it('a lock that another program lets go in time', async () => {
    const file = join(cli().directory, 'busy.lock');
    const holder = cli().namespace.spawn('flock', ['--no-fork', file, 'sh', '-c', 'echo held; exec cat']);
    await once(holder.stdout, 'data');
    const done = cli().done('publish 8445:8443', { env: { XTABLES_LOCKFILE: file } });
    setTimeout(() => holder.stdin.end(), 300);
    assert.match(await done, /^tcp\/8445: /);
  });

  it('a lock file that cannot be opened', async () => {
    const locked = join(cli().directory, 'unwritable.lock');
    writeFileSync(locked, '');
    chmodSync(locked, 0);
    const under = ['setpriv', '--bounding-set=-dac_override,-dac_read_search'];
    const error = await cli().failsWithJson(1, 'publish 8445:8443', { env: { XTABLES_LOCKFILE: locked }, under });
    assert.deepEqual([error['code'], error['errno'], error['syscall']], ['ERR_PERMISSION', 'EACCES', 'open']);
    assert.match(
      String(error['message']),
      /unwritable\.lock.*; make that file writable, or name another one in XTABLES_LOCKFILE$/,
    );
    const nowhere = { XTABLES_LOCKFILE: join(cli().directory, 'no', 'such.lock') };
    assert.match(
      await cli().fails(1, 'publish 8445:8443', { env: nowhere }),
      /such\.lock.* name another one in XTABLES_LOCKFILE$/,
    );
    mkdirSync(join(cli().directory, 'no'));
    await cli().done('publish 8445:8443', { env: nowhere });
  });

  it('a namespace that is not there, or is none', async () => {
    const error = await cli().failsWithJson(1, 'list --netns blue');
    assert.deepEqual([error['code'], error['errno']], ['ERR_NOT_FOUND', 'ENOENT']);
    assert.match(String(error['message']), /\/run\/netns\/blue.*; give the path of a network namespace, or the pid/);
    assert.match(await cli().fails(1, 'list --netns /dev/null'), /\/dev\/null.*give the path of a network namespace/);
    assert.match(await cli().fails(1, 'list --netns /proc/self/ns/mnt'), /give the path of a network namespace/);
  });

  it('a lifetime that rules in memory do not have', async () => {
    assert.match(await cli().done('publish 8445:8443 --backend memory'), /^tcp\/8445: /);
    assert.match(await cli().done('list --backend memory'), /^nothing is published/);
  });
});
