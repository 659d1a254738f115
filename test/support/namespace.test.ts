import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, start } from './command';
import { Namespace } from './namespace';

const ROOT = join(__dirname, '..', '..');

describe('A throw-away namespace', () => {
  it('is another one than that of the process, with loopback up and no other interface', async () => {
    await using namespace = await Namespace.create();
    assert.notEqual(namespace.id, readlinkSync('/proc/self/ns/net'));
    const { stdout } = await namespace.exec('ip', ['-brief', 'address']);
    assert.match(stdout, /^lo +UNKNOWN +127\.0\.0\.1\/8 ::1\/128 *\n$/);
  });

  it('takes rules and knows nothing of those of other namespaces', async () => {
    await using one = await Namespace.create();
    await using other = await Namespace.create();
    await one.exec('iptables-legacy', ['-w', '-t', 'nat', '-N', 'mine']);
    assert.match((await one.exec('iptables-legacy-save')).stdout, /:mine/);
    assert.doesNotMatch((await other.exec('iptables-legacy-save')).stdout, /:mine/);
  });

  it('says which command failed, how, and with what words', async () => {
    await using namespace = await Namespace.create();
    await assert.rejects(namespace.exec('sh', ['-c', 'echo no >&2; exit 3']), (error) => {
      assert.ok(error instanceof CommandError);
      assert.equal(error.output.code, 3);
      assert.equal(error.message, 'sh -c echo no >&2; exit 3: exit code 3: no');
      return true;
    });
    assert.equal((await namespace.run('false')).code, 1);
  });

  it('ends what runs in it when it is removed', async () => {
    const namespace = await Namespace.create();
    const child = namespace.spawn('sleep', ['infinity']);
    await once(child, 'spawn');
    await namespace.remove();
    assert.equal(child.signalCode, 'SIGKILL');
    assert.equal(existsSync(namespace.path), false);
    await namespace.remove();
  });

  it('ends, with what runs in it, when the process that made it is killed', async () => {
    const program = `
      const { Namespace } = require('./test/support/namespace');
      Namespace.create().then((namespace) => {
        const child = namespace.spawn('sh', ['-c', 'echo; exec sleep infinity']);
        child.stdout.once('data', () => console.log(namespace.pid, child.pid));
      });`;
    const owner = start(process.execPath, ['--require', 'tsx/cjs', '--eval', program], { cwd: ROOT });
    const [line] = (await once(owner.stdout, 'data')) as [Buffer];
    const pids = line.toString().trim().split(' ');
    assert.equal(pids.length, 2);
    owner.kill('SIGKILL');
    while (pids.some(runs)) await new Promise((resolve) => setTimeout(resolve, 5));
  });
});

/** A process that has ended and that nobody has waited for yet has no namespaces any more. */
function runs(pid: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`) !== '';
  } catch {
    return false;
  }
}
