import assert from 'node:assert/strict';
import { useCommandLine } from './command-line';

describe('portshift clear', () => {
  const cli = useCommandLine();

  it('removes what this owner has installed and nothing else', async () => {
    await cli().namespace.exec('iptables-legacy', ['-w', '-A', 'INPUT', '-p', 'tcp', '--dport', '22', '-j', 'ACCEPT']);
    await cli().done('publish 8445:8443 --owner blue');
    const before = await cli().kernel();
    await cli().done('publish 9445:9443 --direct open --no-loopback');
    assert.equal(await cli().done('clear'), '- redirect tcp 9445>9443 name=tcp/9445 opt=open,nolo\n');
    assert.equal(await cli().kernel(), before);
    const { stdout } = await cli().namespace.exec('iptables-legacy', ['-S', 'INPUT']);
    assert.match(stdout, /^-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT$/m);
  });

  it('of nothing says so', async () => {
    assert.equal(await cli().done('clear'), 'nothing to change\n');
    assert.deepEqual(await cli().data('clear'), { added: [], removed: [] });
  });
});
