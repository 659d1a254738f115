import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { useCommandLine } from './command-line';

/** An entry as if a client had come in on a port; with no packets, it stays for ten minutes. */
const flow = (protocol: string, asked: number, answering: number, source = 40_000) =>
  `-I -p ${protocol} -t 600 -s 127.0.0.1 -d 127.0.0.1 --sport ${source} --dport ${asked} --dst-nat 127.0.0.1:${answering}${
    protocol === 'tcp' ? ' --state ESTABLISHED' : ''
  }`.split(' ');

describe('portshift --wait-drained', () => {
  const cli = useCommandLine();

  it('says that it has waited where there is nothing to wait for', async () => {
    await cli().done('publish 8445:8443 --name web');
    assert.equal(
      await cli().done('move web 8446 --wait-drained'),
      'web: tcp 8446 -> 8443 (direct access: closed)\nweb: drained\n',
    );
    assert.equal((await cli().data('retarget web 9443 --wait-drained'))['drained'], true);
    assert.equal(await cli().done('withdraw web --wait-drained --timeout 1'), 'web: withdrawn\nweb: drained\n');
  });

  it('waits until the last connection has gone, and says once for how many', async () => {
    await cli().done('publish 8445:8443 --name web');
    for (const source of [1, 2]) await cli().namespace.exec('conntrack', flow('tcp', 8445, 8443, source));
    const said = join(cli().directory, 'said');
    const waiting = cli().run('move web 8446 --wait-drained --timeout 60', {
      under: ['sh', '-c', `exec "$@" 2> ${said}`, 'sh'],
    });
    const saysSomething = async () => (await stat(said).catch(() => undefined))?.size;
    while (!(await saysSomething())) await sleep(50);
    await cli().namespace.exec('conntrack', ['-D', '-p', 'tcp']);
    const { code, stdout } = await waiting;
    assert.equal(await readFile(said, 'utf8'), 'portshift: web: waiting for 2 connections\n');
    assert.match(stdout, /^web: tcp 8446 -> 8443 .*\nweb: drained\n$/);
    assert.equal(code, 0);
  });

  it('shows at a terminal how many are left, and leaves nothing of it behind', async () => {
    await cli().done('publish 8445:8443 --name web');
    await cli().namespace.exec('conntrack', flow('tcp', 8445, 8443));
    const { stdout } = await cli().run('retarget web 9443 --wait-drained --timeout 0.2', {
      under: ['sh', '-c', 'exec script --quiet --return --command "$*" /dev/null', 'sh'],
    });
    assert.ok(stdout.includes('\r\u001b[Kweb: waiting for 1 connection\r\u001b[K'), stdout);
    assert.match(stdout, /portshift: 1 connection still uses tcp port 8445 or its target 8443 after 200 ms/);
  });

  it('gives up in time: the change stands, and the exit code says so', async () => {
    await cli().done('publish 8445:8443/udp --name dns');
    await cli().namespace.exec('conntrack', flow('udp', 8445, 8443));
    const error = await cli().failsWithJson(1, 'retarget dns 9443 --wait-drained --timeout 300ms');
    assert.deepEqual([error['code'], error['left']], ['ERR_TIMEOUT', 1]);
    const [published] = (await cli().data('list'))['published'] as { targetPort: number }[];
    assert.equal(published?.targetPort, 9443);
  });

  it('takes a time, and only for something', async () => {
    const wrong: [string, RegExp][] = [
      ['--wait-drained --timeout 0', /^portshift: timeout: "0" is not accepted; give a time of .*, above 0$/],
      ['--wait-drained --timeout 1d', /^portshift: timeout: "1d" is not accepted/],
      ['--wait-drained --timeout 2147484', /^portshift: timeout: "2147484" is not accepted/],
      ['--timeout 5', /^portshift: timeout: give --wait-drained as well/],
    ];
    for (const [flags, message] of wrong) {
      for (const command of ['move web 8446', 'retarget web 9443', 'withdraw web']) {
        assert.match(await cli().fails(2, `${command} ${flags}`), message);
      }
    }
  });
});

describe('portshift --flows', () => {
  const cli = useCommandLine();

  const tracked = async () =>
    (await cli().namespace.exec('conntrack', ['-L', '-p', 'udp'])).stdout.split('\n').length - 1;

  it('leaves UDP flows where they are, or forgets them', async () => {
    await cli().done('publish 8445:8443/udp --name dns');
    for (const source of [1, 2]) await cli().namespace.exec('conntrack', flow('udp', 8445, 8443, source));
    await cli().namespace.exec('conntrack', flow('udp', 9000, 8443));
    await cli().done('retarget dns 9443');
    await cli().done('retarget dns 8443 --flows stay');
    assert.equal(await tracked(), 3);
    await cli().done('move dns 8446 --flows follow');
    assert.equal(await tracked(), 1);
  });

  it('is refused for TCP, and for anything but those two', async () => {
    await cli().done('publish 8445:8443 --name web');
    assert.match(
      await cli().fails(2, 'move web 8446 --flows follow'),
      /^portshift: flows: "follow" is not accepted; give 'stay'/,
    );
    assert.match(await cli().fails(2, 'retarget web 9443 --flows go'), /Allowed choices are follow, stay/);
  });
});
