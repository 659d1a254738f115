import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { useCommandLine } from './command-line';
import { builtProgram } from './program';

/** What the units for systemd leave of root's privileges. */
const PRIVILEGES = ['setpriv', '--bounding-set=-all,+net_admin,+net_raw', '--no-new-privs', '--'];

describe('portshift watch', () => {
  const cli = useCommandLine();

  async function start(args: string) {
    const words = [...PRIVILEGES, process.execPath, await builtProgram(), ...args.split(' ')];
    const [command = '', ...rest] = words;
    const env = { ...process.env, PORTSHIFT_STATE_DIR: cli().directory };
    const child = cli().namespace.spawn(command, rest, { env });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const line = async () => {
      const { value, done } = await lines.next();
      assert.ok(done !== true, 'it ended');
      return value as string;
    };
    return { child, line };
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`reports and heals until ${signal}, and then ends well`, async () => {
      await cli().done('publish 8445:8443 --name web');
      const before = await cli().kernel();
      const { child, line } = await start('--backend iptc watch --heal --interval 50ms');
      assert.match(await line(), /^\S+ watching the rules of owner portshift on iptc$/);
      await cli().namespace.exec('iptables-legacy', ['-w', '-t', 'nat', '-F']);
      assert.match(await line(), /^\S+ lost:$/);
      let next = await line();
      for (; !/healed:$/.test(next); next = await line()) assert.match(next, /^ {2}\S/);
      assert.deepEqual((await cli().kernel()).split('\n').sort(), before.split('\n').sort());
      child.kill(signal);
      const [code] = await once(child, 'close');
      assert.equal(code, 0);
      assert.notEqual(await cli().kernel(), '');
    });
  }

  it('tells in JSON, and only tells, without --heal', async () => {
    await cli().done('publish 8445:8443 --name web --backend nft');
    const { child, line } = await start('--backend nft watch --json');
    const { event, backend, heal } = JSON.parse(await line()) as Record<string, unknown>;
    assert.deepEqual([event, backend, heal], ['watching', 'nft', false]);
    await cli().namespace.exec('nft', ['flush', 'ruleset']);
    const lost = JSON.parse(await line()) as { event: string; rules: { text: string }[] };
    assert.equal(lost.event, 'lost');
    assert.deepEqual(lost.rules.map(({ text }) => text).sort(), [
      'loopback tcp 8445>8443 name=web',
      'markDrop tcp 8443 name=web',
      'redirect tcp 8445>8443 name=web',
    ]);
    assert.equal((await cli().namespace.exec('nft', ['list', 'ruleset'])).stdout, '');
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'close'), [0, null]);
  });
});
