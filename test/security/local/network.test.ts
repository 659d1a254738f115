import assert from 'node:assert/strict';
import { useCommandLine } from '../../cli/command-line';
import { until } from '../../support/until';

describe('Who can only send packets', () => {
  const cli = useCommandLine();

  it('finds nothing of portshift that listens, on any address, while it watches and waits for a confirmation', async () => {
    const input = 'published: [{ name: web, port: 8445, targetPort: 8443 }]';
    await cli().done('apply - --backend nft --confirm-within 60s', { input });
    const watch = await cli().start('watch --backend nft');
    const printed: string[] = [];
    watch.stdout.on('data', (chunk: Buffer) => printed.push(chunk.toString()));
    await until('it watches', () => printed.length > 0);
    const sockets = async (...flags: readonly string[]) =>
      (await cli().namespace.exec('ss', ['--no-header', '--all', '--numeric', ...flags])).stdout;
    const internet = ['--tcp', '--udp', '--sctp', '--packet'];
    assert.equal(await sockets(...internet), '');
    // Those of libiptc are IPPROTO_RAW, which gets nothing (raw(7)).
    assert.doesNotMatch(await sockets('--raw'), /^(?!raw +UNCONN +0 +0 +(0\.0\.0\.0|\*):255 ).+/m);
    // They listen, but where packets do not get to.
    assert.match(await sockets('--unix'), /@portshift\/watch\/portshift\//);
    // A socket of the kind that is looked for is found.
    const server = cli().namespace.spawn('python3', ['-c', LISTENING]);
    await new Promise((resolve) => server.stdout.once('data', resolve));
    assert.match(await sockets(...internet), /:8443/);
    await cli().done('confirm --backend nft');
  });
});

const LISTENING = `
import socket, sys
one = socket.create_server(('127.0.0.1', 8443))
print('listening', flush=True)
sys.stdin.read()`;
