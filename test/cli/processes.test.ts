import assert from 'node:assert/strict';
import { Namespace } from '../support/namespace';
import { useCommandLine } from './command-line';

describe('portshift in several processes', () => {
  const cli = useCommandLine();

  const names = async (args = '') =>
    ((await cli().data(`list ${args}`))['published'] as { name: string }[]).map(({ name }) => name).sort();

  it('at the same time publishes everything', async () => {
    const numbers = [1, 2, 3, 4];
    await Promise.all(numbers.map((number) => cli().done(`publish 844${number}:943${number} --name web${number}`)));
    assert.deepEqual(await names(), ['web1', 'web2', 'web3', 'web4']);
  });

  it('at the same time gives a port to one of them', async () => {
    const results = await Promise.all(
      [1, 2, 3].map((number) => cli().run(`publish 8445:943${number} --name web${number}`)),
    );
    assert.deepEqual(results.map(({ code }) => code).sort(), [0, 1, 1]);
    for (const { code, stderr } of results) {
      if (code === 1) assert.match(stderr, /^portshift: tcp port 8445 is taken by the published port "web\d"/);
    }
    assert.equal((await names()).length, 1);
  });

  it('keeps owners apart', async () => {
    await Promise.all(['blue', 'green'].map((owner) => cli().done(`publish 8445:8443 --owner ${owner}`)));
    await cli().done('clear --owner blue');
    assert.deepEqual(await names('--owner blue'), []);
    assert.deepEqual(await names('--owner green'), ['tcp/8445']);
  });

  it('works in the namespace it is told', async () => {
    await using other = await Namespace.create();
    await cli().done(`publish 8445:8443 --netns ${other.path}`);
    assert.equal(await cli().kernel(), '');
    assert.deepEqual(await names(`--netns ${other.path}`), ['tcp/8445']);
    assert.match((await other.exec('iptables-legacy-save')).stdout, /redirect tcp 8445>8443/);
    assert.match(await cli().fails(1, 'rollback'), /nothing to roll back/);
    await cli().done(`rollback --netns ${other.path}`);
    assert.deepEqual(await names(`--netns ${other.path}`), []);
  });
});
