import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FirewallError, openFirewall } from '../../lib';
import { identityOf, NetworkNamespace } from '../../lib/state/namespace';
import { exec, start } from '../support/command';
import { Namespace } from '../support/namespace';
import { until } from '../support/until';

/** Goes to the namespace of a path when it reads a line. */
const WANDERER = `
import ctypes, os, sys
print('here', flush=True)
for line in sys.stdin:
    fd = os.open(line.strip(), os.O_RDONLY)
    print(ctypes.CDLL(None).setns(fd, 0x40000000), flush=True)`;

describe('A network namespace', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'portshift-namespace-'));
  });

  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  const identityAt = (path: string): string => {
    const namespace = NetworkNamespace.open(path);
    try {
      return identityOf(namespace);
    } finally {
      namespace.close();
    }
  };

  it('is the same by every name, and another one where its inode is used again', async () => {
    assert.equal(identityAt('/proc/self/ns/net'), identityOf(undefined));
    assert.match(identityOf(undefined), /^[0-9a-f]{8}-\d+$/);
    const first = await Namespace.create();
    const [inode, identity] = [statSync(first.path).ino, identityAt(first.path)];
    await first.remove();
    const others: Namespace[] = [];
    try {
      for (let count = 0; count < 30; count += 1) {
        const other = await Namespace.create();
        others.push(other);
        assert.notEqual(identityAt(other.path), identity);
        if (statSync(other.path).ino === inode) return;
      }
      // Somebody else on this machine has it.
      console.log('      the kernel has not used the inode again');
    } finally {
      for (const other of others) await other.remove();
    }
  });

  it('is opened only if it is one, without waiting, and is named as the caller did', async () => {
    const fifo = join(directory, 'fifo');
    await exec('mkfifo', [fifo]);
    for (const path of [fifo, directory, '/dev/null', '/dev/tty', join(directory, 'missing')]) {
      const isOurs = (error: unknown) =>
        error instanceof FirewallError && error.field === 'namespace' && error.message.includes(path);
      assert.throws(() => NetworkNamespace.open(path), isOurs);
      await assert.rejects(() => openFirewall({ backend: 'nft', namespace: path }), isOurs);
    }
    await assert.rejects(() => openFirewall({ backend: 'nft', namespace: '/proc/self/ns/mnt' }), {
      code: 'ERR_NOT_FOUND',
      message: /\/proc\/self\/ns\/mnt/,
    });
  });

  it('stays the one that was opened, for the firewall, its watch and its guardian, whatever its name leads to', async () => {
    const [first, second] = await Promise.all([Namespace.create(), Namespace.create()]);
    const options = process.env['NODE_OPTIONS'];
    process.env['NODE_OPTIONS'] = `--require ${require.resolve('tsx/cjs')}`;
    const child = start('nsenter', [`--net=${first.path}`, 'python3', '-c', WANDERER]);
    try {
      await once(child.stdout, 'data');
      const firewall = await openFirewall({ backend: 'nft', namespace: Number(child.pid) });
      const elsewhere = await openFirewall({ backend: 'nft', namespace: second.path });
      const here = await openFirewall({ backend: 'nft', namespace: first.path });
      await elsewhere.publish({ name: 'theirs', port: 7445, targetPort: 7443 });
      child.stdin.write(`${second.path}\n`);
      const [answer] = (await once(child.stdout, 'data')) as [Buffer];
      assert.equal(answer.toString().trim(), '0');
      await firewall.publishAll([{ name: 'ours', port: 8445, targetPort: 8443 }], { confirmWithin: 2_000 });
      const watch = await firewall.watch({ heal: true });
      assert.equal((await here.published()).length, 1);
      assert.equal((await here.pending())?.guardian, 'running');
      assert.equal(await elsewhere.pending(), undefined);
      await until('rolled back', async () => (await here.pending()) === undefined);
      assert.deepEqual(await here.published(), []);
      assert.equal((await elsewhere.published()).length, 1);
      await watch.close();
      for (const one of [firewall, elsewhere, here]) await one.close();
    } finally {
      if (options === undefined) delete process.env['NODE_OPTIONS'];
      else process.env['NODE_OPTIONS'] = options;
      child.kill('SIGKILL');
      await Promise.all([first.remove(), second.remove()]);
    }
  });
});
