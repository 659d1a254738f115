import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { installAll, NftHost } from './support';

let tables = 0;

/** Makes a table that there was none of, so that a monitor has something to say. */
async function makeTable(host: NftHost): Promise<string> {
  tables += 1;
  await host.nft('add', 'table', 'ip', `signal${tables}`);
  return `add table ip signal${tables}\n`;
}

/** What `nft monitor` prints while something happens, a line for each message of the kernel. */
async function watch(host: NftHost, during: () => Promise<unknown>): Promise<string[]> {
  const monitor = host.namespace.spawn('stdbuf', ['-oL', 'nft', 'monitor']);
  let output = '';
  monitor.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const seen = async (text: string) => {
    for (let waited = 0; waited < 100 && !output.includes(text); waited += 1) await sleep(5);
    return output.includes(text);
  };
  // It does not say when it is ready.
  while (!(await seen(await makeTable(host)))) assert.equal(monitor.exitCode, null);
  await during();
  const end = await makeTable(host);
  assert.ok(await seen(end));
  monitor.kill();
  return output.split('\n').filter((line) => line !== '' && !/^# new generation|^add table ip signal/.test(line));
}

describe('nft monitor, beside', () => {
  let host: NftHost;

  beforeEach(async () => {
    host = await NftHost.create();
  });

  afterEach(() => host.remove());

  it('a move of a published port, shows two elements and nothing else', async () => {
    const firewall = await host.open();
    const web = await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
    assert.deepEqual(await watch(host, () => web.move(8446)), [
      'delete element inet portshift tcp_ports { 8445 counter packets 0 bytes 0 comment "name=web" : 8443 }',
      'add element inet portshift tcp_ports { 8446 counter packets 0 bytes 0 comment "name=web" : 8443 }',
    ]);
  });

  it('publishing, retargeting and withdrawing an ordinary port, shows elements only', async () => {
    const firewall = await host.open();
    await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
    const dns = await firewall.publish({ name: 'dns', protocol: 'udp', port: 53, targetPort: 5353 });
    const messages = await watch(host, async () => {
      const api = await firewall.publish({ name: 'api', port: 9445, targetPort: 9443 });
      await api.retarget(9444);
      await api.withdraw();
      await dns.withdraw();
    });
    assert.deepEqual(
      messages.map((message) => message.replace(/ counter packets 0 bytes 0( comment "[^"]*")?/, '')),
      [
        'add element inet portshift tcp_ports { 9445 : 9443 }',
        'add element inet portshift tcp_closed { 9443 }',
        'delete element inet portshift tcp_ports { 9445 : 9443 }',
        'delete element inet portshift tcp_closed { 9443 }',
        'add element inet portshift tcp_ports { 9445 : 9444 }',
        'add element inet portshift tcp_closed { 9444 }',
        'delete element inet portshift tcp_ports { 9445 : 9444 }',
        'delete element inet portshift tcp_closed { 9444 }',
        'delete element inet portshift udp_ports { 53 : 5353 }',
        'delete element inet portshift udp_closed { 5353 }',
      ],
    );
  });

  it('moves of every kind of published port, shows elements only', async () => {
    const firewall = await host.open();
    await installAll(firewall);
    // nft 1.0.6 itself crashes when it sees a range in a concatenation.
    const ports = (await firewall.published()).filter(
      ({ port, options }) => typeof port === 'number' || (options.destination ?? options.interface) === undefined,
    );
    assert.ok(ports.length > 10);
    for (const [index, port] of ports.entries()) {
      const next =
        typeof port.port === 'number' ? index + 1 : (`${100 * (index + 1)}-${100 * (index + 1) + 9}` as const);
      const messages = await watch(host, () => port.move(next));
      const kinds = new Set(messages.map((message) => message.split(' ').slice(0, 2).join(' ')));
      assert.deepEqual([...kinds], ['delete element', 'add element']);
    }
  });

  it('nothing, when what is asked for is there', async () => {
    const firewall = await host.open();
    await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
    const messages = await watch(host, async () => {
      await firewall.publishAll([{ name: 'web', port: 8445, targetPort: 8443 }]);
      await host.open();
      await firewall.status();
    });
    assert.deepEqual(messages, []);
  });
});
