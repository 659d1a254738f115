import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { FirewallError, openFirewall } from '../../lib';
import { gather } from '../../lib/doctor/gather';
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

  let first: Namespace;
  let second: Namespace;
  const options = process.env['NODE_OPTIONS'];

  // Guardians run from the sources.
  before(() => {
    process.env['NODE_OPTIONS'] = `--require ${require.resolve('tsx/cjs')}`;
  });

  after(() => {
    if (options === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = options;
  });

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'portshift-namespace-'));
    [first, second] = await Promise.all([Namespace.create(), Namespace.create()]);
  });

  afterEach(async () => {
    await Promise.all([first.remove(), second.remove()]);
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
    const child = start('nsenter', [`--net=${first.path}`, 'python3', '-c', WANDERER]);
    const lines = createInterface(child.stdout);
    const said = lines[Symbol.asyncIterator]();
    try {
      assert.equal((await said.next()).value, 'here');
      const firewall = await openFirewall({ backend: 'nft', namespace: Number(child.pid) });
      const elsewhere = await openFirewall({ backend: 'nft', namespace: second.path });
      const here = await openFirewall({ backend: 'nft', namespace: first.path });
      await elsewhere.publish({ name: 'theirs', port: 7445, targetPort: 7443 });
      child.stdin.write(`${second.path}\n`);
      assert.equal((await said.next()).value, '0');
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
      child.kill('SIGKILL');
    }
  });

  it('stays the one that was opened for what is opened later, where its name leads to another one or to a FIFO', async () => {
    const path = join(directory, 'name');
    const turnTo = (other: string) => {
      symlinkSync(other, `${path}.new`);
      renameSync(`${path}.new`, path);
    };
    turnTo(first.path);
    const firewall = await openFirewall({ backend: 'nft', namespace: path });
    const fifo = join(directory, 'fifo');
    await exec('mkfifo', [fifo]);
    await firewall.publish({ name: 'ours', port: 8445, targetPort: 8443 });
    for (const [namespace, drop] of [
      [first, 8443],
      [second, 7443],
    ] as const) {
      await namespace.exec('nft', [
        `add table ip other; add chain ip other in { type filter hook input priority 0; }; add rule ip other in tcp dport ${drop} drop`,
      ]);
      await namespace.exec('iptables-legacy', ['-t', 'nat', '-N', 'portshift.copy']);
    }
    for (const other of [second.path, fifo]) {
      turnTo(other);
      const warnings = await firewall.warnings();
      assert.match(warnings.map(({ message }) => message).join(), /8443/);
      assert.deepEqual(
        (await firewall.published()).map(({ name }) => name),
        ['ours'],
      );
      const obstructed = new AbortController();
      const watch = await firewall.watch({ interval: 20 });
      const seen = once(watch, 'obstructed', { signal: obstructed.signal });
      const [{ warnings: seenByWatch }] = (await seen) as [{ warnings: readonly { message: string }[] }];
      assert.match(seenByWatch.map(({ message }) => message).join(), /8443/);
      await watch.close();
    }
    turnTo(second.path);
    const gathering = gather({ owner: 'portshift', backend: 'nft', namespace: path });
    turnTo(first.path);
    const { published } = await gathering;
    assert.deepEqual(published, []);
    await firewall.close();
  });

  it('is gone for a firewall that is closed, also where the number of its descriptor is used again for another one', async () => {
    const closed = await openFirewall({ backend: 'nft', namespace: first.path });
    const other = await openFirewall({ backend: 'nft', namespace: first.path });
    const applied = await closed.publishAll([{ port: 8445, targetPort: 8443 }], { confirmWithin: 60_000 });
    const never = await openFirewall({ backend: 'nft', namespace: first.path });
    const [copies, warnings] = [closed.copies(), closed.warnings()];
    await Promise.all([closed.close(), never.close()]);
    const elsewhere = await Promise.all(
      Array.from({ length: 4 }, () => openFirewall({ backend: 'nft', namespace: second.path })),
    );
    const [one] = elsewhere;
    assert.ok(one !== undefined);
    await one.publishAll([{ port: 7445, targetPort: 7443 }], { confirmWithin: 60_000 });
    assert.deepEqual([await copies, await warnings], [[], []]);
    await assert.rejects(never.confirm(), { code: 'ERR_CLOSED' });
    await assert.rejects(never.pending(), { code: 'ERR_CLOSED' });
    await assert.rejects(closed.watch(), { code: 'ERR_CLOSED' });
    await assert.rejects(closed.copies(), { code: 'ERR_CLOSED' });
    // The change is known by the namespace's own identity.
    await applied.confirm();
    assert.equal(await other.pending(), undefined);
    assert.equal((await one.pending())?.guardian, 'running');
    await one.confirm();
    for (const each of [...elsewhere, other]) await each.close();
  });
});
