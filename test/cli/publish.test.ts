import assert from 'node:assert/strict';
import { useCommandLine } from './command-line';

describe('portshift publish', () => {
  const cli = useCommandLine();

  it('publishes, and says so in one line', async () => {
    assert.equal(await cli().done('publish 8445:8443 --name web'), 'web: tcp 8445 -> 8443 (direct access: closed)\n');
    const kernel = await cli().kernel();
    for (const text of [
      'redirect tcp 8445>8443 name=web',
      'markDrop tcp 8443 name=web',
      'loopback tcp 8445>8443 name=web',
    ]) {
      assert.ok(kernel.includes(`--comment "portshift ${text}"`), kernel);
    }
  });

  it('has defaults', async () => {
    assert.deepEqual(await cli().data('publish 8445:8443'), {
      published: {
        name: 'tcp/8445',
        protocol: 'tcp',
        port: 8445,
        targetPort: 8443,
        direct: 'closed',
        deny: 'drop',
        established: 'keep',
        loopback: true,
      },
      warnings: [],
    });
  });

  it('takes every option', async () => {
    await cli().namespace.exec('ip', ['link', 'add', 'eth0', 'type', 'bridge']);
    const where = '--destination 192.0.2.7 --interface eth0 --target-address 192.0.2.8';
    const how = '--direct local --deny reject --established drop --no-loopback';
    const published = {
      name: 'dns',
      protocol: 'udp',
      port: '53-54',
      targetPort: 5353,
      destination: '192.0.2.7',
      interface: 'eth0',
      targetAddress: '192.0.2.8',
      direct: 'local',
      deny: 'reject',
      established: 'drop',
      loopback: false,
    };
    assert.deepEqual(await cli().data(`publish 53-54:5353/udp --name dns ${where} ${how}`), {
      published,
      warnings: [],
    });
    const listed = await cli().data('list');
    assert.deepEqual(listed['published'], [{ ...published, connections: 0, denied: 0 }]);
  });

  it('takes what becomes of UDP clients that were there before, and refuses what it does not know', async () => {
    const published = { ...(await cli().data('publish 53:5353/udp --flows follow')) };
    assert.equal('flows' in (published['published'] as object), false);
    await cli().done('publish 54:5354/udp --flows stay');
    assert.match(await cli().fails(2, 'publish 55:5355/udp --flows go'), /Allowed choices are follow, stay/);
  });

  it('of what is published already says the same and changes nothing', async () => {
    const first = await cli().done('publish 8445:8443');
    const before = await cli().kernel();
    assert.equal(await cli().done('publish 8445:8443'), first);
    assert.equal(await cli().kernel(), before);
  });

  it('refuses a name or a port that is taken, and changes nothing', async () => {
    await cli().done('publish 8445:8443 --name web');
    const before = await cli().kernel();
    assert.match(await cli().fails(1, 'publish 9445:9443 --name web'), /^portshift: name: "web" is published already/);
    assert.match(
      await cli().fails(1, 'publish 8445:9443 --name api'),
      /port 8445 is taken by the published port "web"/,
    );
    const error = await cli().failsWithJson(1, 'publish 8440-8450:9443');
    assert.deepEqual([error['code'], error['field'], error['value']], ['ERR_CONFLICT', 'port', '8440-8450']);
    assert.equal(await cli().kernel(), before);
  });
});
