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
    const { stdout } = await exec('sh', ['-c', 'echo $$']);
    // That process is gone; the one that is asked for says so, and nothing is made up for it.
    assert.match(
      await cli().fails(1, `list --netns /proc/${stdout.trim()}/ns/net`),
      /cannot be used \(ENOENT.*; give the path of a network namespace, or the pid/,
    );
  });
});
