import assert from 'node:assert/strict';
import { useCommandLine } from './command-line';

describe('portshift move, retarget and withdraw', () => {
  const cli = useCommandLine();

  const published = async () => (await cli().data('list'))['published'] as { port: unknown; targetPort: unknown }[];

  it('change what another process has published, and say so in one line', async () => {
    await cli().done('publish 8445:8443 --name web');
    assert.equal(await cli().done('move web 8446'), 'web: tcp 8446 -> 8443 (direct access: closed)\n');
    assert.equal(await cli().done('retarget web 9443'), 'web: tcp 8446 -> 9443 (direct access: closed)\n');
    assert.deepEqual(
      (await published()).map(({ port, targetPort }) => [port, targetPort]),
      [[8446, 9443]],
    );
    assert.equal(await cli().done('withdraw web'), 'web: withdrawn\n');
    assert.equal(await cli().kernel(), '');
  });

  it('tell what there is now as JSON', async () => {
    await cli().done('publish 8445:8443 --name web');
    const moved = (await cli().data('move web 8000-8010'))['published'] as Record<string, unknown>;
    assert.deepEqual([moved['name'], moved['port'], moved['targetPort']], ['web', '8000-8010', 8443]);
    const retargeted = (await cli().data('retarget web 9443'))['published'] as Record<string, unknown>;
    assert.equal(retargeted['targetPort'], 9443);
    const withdrawn = (await cli().data('withdraw web'))['withdrawn'] as Record<string, unknown>;
    assert.deepEqual([withdrawn['name'], withdrawn['port']], ['web', '8000-8010']);
  });

  it('take the public port for a name', async () => {
    await cli().done('publish 8445:8443 --name web');
    await cli().done('publish 8000-8010:9443');
    await cli().done('move 8445 8446');
    await cli().done('retarget 8446 9000');
    await cli().done('withdraw 8000-8010');
    await cli().done('withdraw 8446');
    assert.deepEqual(await published(), []);
  });

  it('ask which one is meant where several have the port', async () => {
    await cli().done('publish 53:5353/udp --name dns-udp');
    await cli().done('publish 53:5353 --name dns-tcp');
    const line = await cli().fails(2, 'withdraw 53');
    assert.match(
      line,
      /^portshift: name: "53" is not accepted; give one of the names dns-(udp|tcp), dns-(tcp|udp): they share/,
    );
    await cli().done('withdraw dns-udp');
    await cli().done('withdraw 53');
  });

  it('find no published port that is not there', async () => {
    for (const args of ['move web 8446', 'retarget web 9443', 'withdraw web', 'withdraw 8445']) {
      assert.match(
        await cli().fails(1, args),
        /^portshift: there is no published port "(web|8445)"; it was withdrawn, or/,
      );
    }
    const error = await cli().failsWithJson(1, 'move web 8446');
    assert.deepEqual([error['code'], error['field'], error['value']], ['ERR_NOT_FOUND', 'name', 'web']);
  });

  it('refuse what is taken or closed, and change nothing', async () => {
    await cli().done('publish 8445:8443 --name web');
    await cli().done('publish 9445:9443 --name api');
    const before = await cli().kernel();
    assert.match(await cli().fails(1, 'move web 9445'), /taken by the published port "api"/);
    assert.match(await cli().fails(1, 'move web 9443'), /would be public in .* and closed as the target port/);
    assert.match(await cli().fails(2, 'move web 8443'), /^portshift: targetPort: 8443 is not accepted/);
    assert.equal(await cli().kernel(), before);
  });
});
