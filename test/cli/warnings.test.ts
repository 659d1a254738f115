import assert from 'node:assert/strict';
import type { Warning } from '../../lib';
import { useCommandLine } from './command-line';

const SERVER = "require('net').createServer().listen(8446, () => console.log('up'))";

describe('Warnings of portshift', () => {
  const cli = useCommandLine();

  const warned = async (args: string) => {
    const { code, stdout, stderr } = await cli().run(args);
    assert.equal(code, 0, stderr);
    return { stdout, stderr };
  };
  const codes = async (args: string) => {
    const { warnings } = await cli().data(args);
    return (warnings as Warning[]).map(({ code, name }) => `${code} ${name}`);
  };

  it('go to standard error, with what to do about it', async () => {
    await cli().namespace.exec('iptables-legacy', ['-P', 'INPUT', 'DROP']);
    const { stdout, stderr } = await warned('publish 8445:8443 --name web');
    assert.equal(stdout, 'web: tcp 8445 -> 8443 (direct access: closed)\n');
    assert.match(
      stderr,
      /^warning: connections to "web" [^\n]* dropped by the policy of [^\n]*\n {9}-> accept tcp port 8443/,
    );
    assert.equal((await warned('list')).stderr, stderr);
    assert.match((await warned('list')).stdout, /^NAME/);
  });

  it('are in the JSON of publish, list, move, retarget and apply', async () => {
    await cli().namespace.exec('iptables-legacy', ['-w', '-A', 'INPUT', '-p', 'tcp', '-j', 'REJECT']);
    const wanted = ['target-blocked web'];
    assert.deepEqual(await codes('publish 8445:8443 --name web'), wanted);
    assert.deepEqual(await codes('list'), wanted);
    assert.deepEqual(await codes('move web 8447'), wanted);
    assert.deepEqual(await codes('retarget web 9443'), wanted);
    const input = JSON.stringify({ published: [{ name: 'web', port: 8445, targetPort: 8443 }] });
    const { warnings } = await cli().data('apply -', { input });
    assert.deepEqual(
      (warnings as Warning[]).map(({ code }) => code),
      ['target-blocked'],
    );
  });

  it('are of servers on the public port', async () => {
    const child = cli().namespace.spawn(process.execPath, ['-e', SERVER]);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    assert.deepEqual(await codes('publish 8445:8443 --name web'), []);
    assert.deepEqual(await codes('move web 8446'), ['port-in-use web']);
  });

  it('are none where all is well, and none of what other owners have published', async () => {
    assert.deepEqual(await codes('publish 8445:8443 --name web'), []);
    assert.deepEqual(await codes('publish 9445:9443 --name blue --owner blue'), []);
    assert.deepEqual(await codes('list'), []);
    assert.deepEqual(await codes('list --owner blue'), []);
  });

  it('are not for what cannot be read', async () => {
    await cli().done('publish 8445:8443 --name web --backend memory');
    assert.deepEqual(await codes('list --backend memory'), []);
  });
});
