import assert from 'node:assert/strict';
import { useCommandLine } from './command-line';

describe('portshift list', () => {
  const cli = useCommandLine();

  it('says so where there is nothing', async () => {
    assert.match(await cli().done('list'), /^nothing is published \(owner portshift; backend iptc.*\)\n$/);
    const { backend, owner, published } = await cli().data('list');
    assert.deepEqual([backend, owner, published], ['iptc', 'portshift', []]);
    assert.equal(await cli().kernel(), '');
  });

  it('is a table for people', async () => {
    await cli().namespace.exec('ip', ['link', 'add', 'eth0', 'type', 'bridge']);
    await cli().done('publish 8445:8443 --name web --deny reject');
    await cli().done(
      'publish 53:5353/udp --name dns --destination 192.0.2.7 --interface eth0 --direct open --no-loopback',
    );
    const [head, ...rows] = (await cli().done('list')).split('\n');
    assert.match(head ?? '', /^NAME +PROTOCOL +PORT +TARGET +DIRECT +ONLY +CONNECTIONS +DENIED$/);
    assert.match(rows.slice(2).join('\n'), /^\nowner portshift; backend iptc: .*\n$/);
    assert.match(rows[0] ?? '', /^web +tcp +8445 +8443 +closed \(reject\) +- +0 +0$/);
    assert.match(rows[1] ?? '', /^dns +udp +53 +5353 +open +192\.0\.2\.7, eth0, no loopback +0 +0$/);
  });

  it('shows those of one owner', async () => {
    await cli().done('publish 8445:8443 --owner blue');
    await cli().done('publish 9445:9443 --owner green');
    const listed = await cli().data('list --owner blue');
    assert.equal(listed['owner'], 'blue');
    assert.equal((listed['published'] as unknown[]).length, 1);
    assert.match(await cli().done('list'), /^nothing is published/);
  });

  it('counts', async () => {
    await cli().done('publish 8445:8443 --name web --deny reject');
    const request = (port: number) => cli().namespace.run('bash', ['-c', `: > /dev/tcp/127.0.0.1/${port} || true`]);
    await request(8443);
    await request(8445);
    const [web] = (await cli().data('list'))['published'] as { connections: number; denied: number }[];
    assert.equal(web?.connections, 1);
    assert.equal(web?.denied, 1);
  });
});
