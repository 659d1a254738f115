import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Firewall, openFirewall } from '../../lib';
import { start } from '../support/command';
import { Namespace } from '../support/namespace';
import { until } from '../support/until';

const ROOT = join(__dirname, '..', '..');
const WEB = { name: 'web', port: 8445, targetPort: 8443 };

/** Watches, heals and says so. */
const WATCHING = `
  const { openFirewall } = require('./lib');
  (async () => {
    const firewall = await openFirewall({ backend: process.argv[1] });
    const watch = (await firewall.watch({ heal: true, interval: 50 })).ref();
    for (const event of ['healed', 'failed', 'lost']) watch.on(event, (it) => console.log(event, it));
    console.log('watching');
  })();`;

for (const backend of ['iptc', 'nft'] as const) {
  describe(`What a watch on ${backend} is told`, () => {
    let namespace: Namespace;
    let firewall: Firewall;
    const children: ReturnType<typeof start>[] = [];

    beforeEach(async () => {
      namespace = await Namespace.create();
      firewall = await openFirewall({ backend, namespace: namespace.path });
      await firewall.publish(WEB);
    });

    afterEach(async () => {
      for (const child of children.splice(0)) child.kill('SIGKILL');
      await firewall.close();
      await namespace.remove();
    });

    async function watching(...words: readonly string[]) {
      const node = [process.execPath, '--require', 'tsx/cjs', '--eval', WATCHING, backend];
      const child = start('nsenter', [`--net=${namespace.path}`, '--', ...words, ...node], { cwd: ROOT });
      children.push(child);
      const told: string[] = [];
      child.stdout.on('data', (chunk: Buffer) => told.push(chunk.toString()));
      await until('watching', () => told.join('').includes('watching'));
      return { child, told };
    }

    it('reaches one that sees neither these processes nor these files', async () => {
      // In a container with the same network: its own numbers of processes, and its own state.
      const container = ['env', 'PORTSHIFT_STATE_DIR=/nonexistent', 'unshare', '--pid', '--fork', '--mount-proc'];
      const { told } = await watching(...container);
      await firewall.clear();
      assert.deepEqual(firewall.unheard, []);
      await new Promise((resolve) => setTimeout(resolve, 500));
      assert.deepEqual(await firewall.published(), []);
      assert.equal(told.join(''), 'watching\n');
    });

    it('does not wait for one that is stopped, and says so', async () => {
      const { child } = await watching();
      child.kill('SIGSTOP');
      await firewall.clear();
      assert.equal(firewall.unheard.length, 1);
      assert.match(
        firewall.unheard[0] ?? '',
        new RegExp(`process ${child.pid} of uid \\d+, does not answer, as it is stopped or frozen`),
      );
      child.kill('SIGCONT');
      await firewall.publish(WEB);
      await until('it hears again', async () => {
        await firewall.clear();
        return firewall.unheard.length === 0;
      });
    });

    it('is not waited for longer than a signal says, and then nothing is changed', async () => {
      const { child } = await watching();
      child.kill('SIGSTOP');
      const abort = new AbortController();
      const clearing = firewall.clear({ signal: abort.signal });
      setTimeout(() => abort.abort(new Error('enough')), 100);
      await assert.rejects(clearing, /enough/);
      assert.equal((await firewall.published()).length, 1);
    });

    it('by somebody who is stopped in the middle keeps nobody from closing', async () => {
      const watch = await firewall.watch({ heal: true, interval: 50 });
      const teller = start('nsenter', [`--net=${namespace.path}`, 'python3', '-c', TELLING, '{"do": "emptying"}'], {});
      children.push(teller);
      const [answer] = (await once(teller.stdout, 'data')) as [Buffer];
      assert.equal(answer.toString().trim(), 'true');
      teller.kill('SIGSTOP');
      await watch.close();
    });

    it('by a user who is neither root nor its own is refused', async () => {
      const watch = await firewall.watch({ heal: true, interval: 50 });
      const stranger = start('nsenter', [`--net=${namespace.path}`, 'python3', '-c', STRANGER], {});
      children.push(stranger);
      const [answer] = (await once(stranger.stdout, 'data')) as [Buffer];
      if (answer.toString() === 'nobody\n') console.log('      not run: this user namespace has no other user');
      else assert.equal(answer.toString(), '{"is":"refused"}\n');
      const healed = once(watch, 'healed');
      await namespace.exec('sh', ['-c', backend === 'nft' ? 'nft flush ruleset' : 'iptables-legacy -t nat -F']);
      const [healing] = await healed;
      assert.ok((healing as { added: unknown[] }).added.length > 0);
    });
  });
}

/** Says a line to the first watch there is, prints what it hears, and stays. */
const TELLING = `
import re, socket, sys, time
name = re.search(r'@(portshift/watch/\\S+)', open('/proc/self/net/unix').read()).group(1)
one = socket.socket(socket.AF_UNIX)
one.connect('\\0' + name)
one.send(sys.argv[1].encode() + b'\\n')
print(one.makefile().readline(), flush=True)
time.sleep(60)`;

/** Does so as another user, in a program that such a user may read wherever this directory is. */
const STRANGER = `
import os, re, socket
name = re.search(r'@(portshift/watch/\\S+)', open('/proc/self/net/unix').read()).group(1)
try:
    os.setgroups([])
    os.setuid(12345)
except OSError:
    print('nobody', flush=True)
    raise SystemExit
one = socket.socket(socket.AF_UNIX)
one.connect('\\0' + name)
one.send(b'{"do":"emptying"}\\n')
print(one.makefile().readline(), end='', flush=True)`;
