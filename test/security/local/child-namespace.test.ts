import assert from 'node:assert/strict';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { type Firewall, openFirewall } from '../../../lib';
import { useCommandLine } from '../../cli/command-line';
import { start } from '../../support/command';
import { until } from '../../support/until';
import { Installed } from '../installed';
import { asUser, itWithUsers, STRANGER } from './users';

/** Tells the watch in its network namespace, as root of its user namespace, that everything is about to be taken away. */
const TELLING = `
import re, socket, os
name = re.search(r'@(portshift/watch/\\\\S+)', open('/proc/self/net/unix').read()).group(1)
one = socket.socket(socket.AF_UNIX)
one.connect('\\\\0' + name)
one.send(b'{"do":"emptying"}\\\\n')
print(os.geteuid(), one.makefile().readline(), flush=True)`;

describe('Who has CAP_NET_ADMIN in a namespace of their own', () => {
  const cli = useCommandLine();
  let installed: Installed;
  const children: ChildProcessWithoutNullStreams[] = [];

  before(async () => {
    installed = await Installed.create();
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });
  after(() => installed.remove());

  /** A shell of the user's that is root in a user namespace, and has a network namespace there. */
  async function childNamespace(): Promise<{ path: string; shell: ChildProcessWithoutNullStreams } | undefined> {
    const words = ['unshare', '--user', '--map-root-user', '--net', '--', 'sh'];
    const [command = '', ...rest] = [...asUser(STRANGER), ...words];
    const shell = start(command, rest, { cwd: '/' });
    children.push(shell);
    shell.stdin.write('ip link set lo up; echo $$\n');
    const [line] = (await Promise.race([once(shell.stdout, 'data'), once(shell, 'close')])) as [unknown];
    if (Buffer.isBuffer(line)) return { path: `/proc/${line.toString().trim()}/ns/net`, shell };
    console.log('      not run: an ordinary user may make no user namespace here');
    return undefined;
  }

  itWithUsers('changes nothing in the one that they came from', async () => {
    await cli().done('publish 8445:8443 --name web --backend nft');
    await cli().done('publish 8445:8443 --name web --owner legacy');
    const under = [...asUser(STRANGER), 'unshare', '--user', '--map-root-user', '--'];
    const rules = async () => [(await cli().namespace.exec('nft', ['list', 'ruleset'])).stdout, await cli().kernel()];
    const before = await rules();
    for (const backend of ['nft', 'iptc', 'auto']) {
      const words = [...under, process.execPath, installed.program, '--backend', backend, 'clear'];
      const [command = '', ...rest] = words;
      const { code, stderr } = await cli().namespace.run(command, rest, { cwd: '/' });
      assert.equal(code, 1, stderr);
      assert.match(stderr, /CAP_NET_ADMIN|the xtables lock could not be taken .*EACCES/);
    }
    assert.deepEqual(await rules(), before);
  });

  itWithUsers('is no root for a watch that root has in there, and keeps it from nothing', async () => {
    const child = await childNamespace();
    if (child === undefined) return;
    let firewall: Firewall | undefined;
    try {
      firewall = await openFirewall({ backend: 'nft', namespace: child.path });
      await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
      const watch = await firewall.watch({ heal: true });
      const told = once(child.shell.stdout, 'data');
      child.shell.stdin.write(`/usr/bin/env python3 -c "$(printf '%b' '${TELLING.replaceAll("'", "'\\''")}')"\n`);
      const [answer] = (await told) as [Buffer];
      assert.equal(answer.toString().trim(), '0 {"is":"refused"}');
      const healed = once(watch, 'healed');
      child.shell.stdin.write('nft flush ruleset\n');
      const [healing] = (await healed) as [{ added: readonly unknown[] }];
      assert.ok(healing.added.length > 0);
    } finally {
      await firewall?.close();
    }
  });

  itWithUsers('keeps nobody waiting by a watch of their own', async () => {
    const child = await childNamespace();
    if (child === undefined) return;
    const printed: string[] = [];
    child.shell.stdout.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
    const env = 'XTABLES_LOCKFILE=/dev/null PORTSHIFT_STATE_DIR=/nonexistent';
    child.shell.stdin.write(`${env} exec ${process.execPath} ${installed.program} --backend nft watch --heal\n`);
    await until('it watches', () => printed.join('').includes('watching'));
    await cli().done(`publish 8445:8443 --netns ${child.path} --backend nft`);
    // Root is nobody that they know: it says so, and goes on.
    const { code, stderr } = await cli().run(`clear --netns ${child.path} --backend nft`);
    assert.equal(code, 0);
    assert.match(stderr, /^portshift: a watch of these rules, process \d+ of uid 23451, is not told by uid 0: .*\n$/);
  });
});
