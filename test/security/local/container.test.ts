import assert from 'node:assert/strict';
import { renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { useCommandLine } from '../../cli/command-line';
import { builtProgram } from '../../cli/program';
import { exec, start } from '../../support/command';
import { Namespace } from '../../support/namespace';
import { until } from '../../support/until';

/** A container as an ordinary user starts one: root of nothing but its own namespaces. */
const CONTAINER = ['unshare', '--user', '--map-root-user', '--net', '--pid', '--fork', '--mount-proc', '--'];

describe('A container with namespaces of its own', () => {
  const cli = useCommandLine();

  const rules = async () => (await cli().namespace.exec('nft', ['list', 'ruleset'])).stdout;

  it('neither sees nor changes what the host has, nor tells or hears its watches', async () => {
    await cli().done('publish 8445:8443 --name web --backend nft');
    const watch = await cli().start('watch --heal --backend nft');
    const printed: string[] = [];
    watch.stdout.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
    await until('it watches', () => printed.length > 0);
    const before = await rules();
    // With the host's own directory for state, as a mount shows it.
    const script = '"$@" list && "$@" clear && "$@" publish 8445:9999 --name theirs && "$@" clear';
    const under = [...CONTAINER, 'sh', '-c', script, 'sh'];
    const { code, stdout, stderr } = await cli().run('--backend nft', { under });
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^nothing is published.*\nnothing to change\ntheirs: .*\n(- .*\n)+$/);
    const rollback = await cli().run('rollback --backend nft', { under: CONTAINER });
    assert.match(rollback.stderr, /nothing to roll back/);
    assert.equal(await rules(), before);
    // Had the container's announcement been heard, this would be taken for announced.
    await cli().namespace.exec('nft', ['flush', 'ruleset']);
    await until('it heals', () => printed.join('').includes('healed'));
  });

  it('with the network of another one has watches of its own, though their processes have the same numbers', async () => {
    const words = [
      '--pid',
      '--fork',
      '--mount-proc',
      process.execPath,
      await builtProgram(),
      '--backend',
      'nft',
      'watch',
    ];
    const env = { ...process.env, PORTSHIFT_STATE_DIR: cli().directory };
    const watches = [1, 2].map(() => {
      const child = start('nsenter', [`--net=${cli().namespace.path}`, 'unshare', '--kill-child', ...words], { env });
      let printed = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk: Buffer) => {
          printed += chunk.toString();
        });
      }
      return { child, printed: () => printed };
    });
    try {
      for (const { printed } of watches) await until('it watches', () => printed().includes('watching'));
      await cli().done('publish 8445:8443 --backend nft');
      // Each is told, as it says when it is asked.
      await cli().done('clear --backend nft');
    } finally {
      for (const { child } of watches) child.kill('SIGKILL');
    }
  });

  it('that takes the place of one that is gone has none of its history, whatever name or number it has', async () => {
    const name = join(cli().directory, 'name');
    const turnTo = (namespace: Namespace) => {
      symlinkSync(namespace.path, `${name}.new`);
      renameSync(`${name}.new`, name);
    };
    const first = await Namespace.create();
    turnTo(first);
    await cli().done(`publish 8445:8443 --netns ${name} --backend nft`);
    await cli().done(`clear --netns ${name} --backend nft`);
    await first.remove();
    const second = await Namespace.create();
    try {
      turnTo(second);
      assert.match(await cli().fails(1, `rollback --netns ${name} --backend nft`), /nothing to roll back/);
      assert.match(await cli().fails(1, `confirm --netns ${name} --backend nft`), /no change waits/);
      assert.equal((await second.exec('nft', ['list', 'ruleset'])).stdout, '');
    } finally {
      await second.remove();
    }
  });

  it('whose number of a process is used again by another one is not taken for it', async () => {
    const [first, second] = await Promise.all([Namespace.create(), Namespace.create()]);
    try {
      const library = join(await builtProgram(), '..', '..', 'index.js');
      const words = ['unshare', '--pid', '--fork', '--mount-proc', 'python3', '-c', REUSING, process.execPath, library];
      const entered = ['-c', 'exec 3< "$1" 4< "$2"; shift 2; exec "$@"', 'sh', first.path, second.path, ...words];
      const { stdout } = await exec('sh', entered);
      if (stdout === 'not reused\n') {
        console.log('      not run: this kernel lets nobody say which number a process gets');
        return;
      }
      assert.equal(stdout, 'published\n');
      assert.match((await first.exec('nft', ['list', 'ruleset'])).stdout, /8445/);
      assert.equal((await second.exec('nft', ['list', 'ruleset'])).stdout, '');
    } finally {
      await Promise.all([first.remove(), second.remove()]);
    }
  });
});

/**
 * Opens a firewall by the number of a process in the namespace of descriptor 3, has one in that of descriptor 4 get this
 * number, and publishes then.
 */
const REUSING = `
import ctypes, os, signal, subprocess, sys
PUBLISHING = """
  const { openFirewall } = require(process.argv[1]);
  (async () => {
    const firewall = await openFirewall({ backend: 'nft', namespace: Number(process.argv[2]) });
    console.log('open');
    await new Promise((resolve) => process.stdin.once('data', resolve));
    await firewall.publish({ port: 8445, targetPort: 8443 });
    await firewall.close();
    process.exit();
  })();
"""
def process(namespace):
    ready, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        ctypes.CDLL(None).setns(namespace, 0x40000000)
        os.write(told, b'.')
        signal.pause()
    os.read(ready, 1)
    return pid
def end(pid):
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
pid = process(3)
node = subprocess.Popen([sys.argv[1], '--eval', PUBLISHING, sys.argv[2], str(pid)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
node.stdout.readline()
end(pid)
again = None
for attempt in range(20):
    try:
        with open('/proc/sys/kernel/ns_last_pid', 'w') as last: last.write(str(pid - 1))
    except OSError: break
    again = process(4)
    if again == pid: break
    end(again)
node.stdin.write(b'\\n')
node.stdin.flush()
print('published' if node.wait() == 0 and again == pid else 'not reused')`;
