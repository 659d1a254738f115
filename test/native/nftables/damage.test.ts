import assert from 'node:assert/strict';
import { markDrop } from '../../../lib';
import { installAll, NftHost, textsOf } from './support';

/** What somebody does to the table by hand, and what portshift then says it has repaired. */
const DAMAGES: readonly [string, (host: NftHost) => Promise<unknown>, RegExp][] = [
  [
    'a chain flushed',
    (host) => host.nft('flush', 'chain', 'inet', 'portshift', 'nat_output'),
    /a rule that looks up \w+ is missing/,
  ],
  [
    'a chain with another policy',
    (host) => host.load('add chain inet portshift closed_input { policy drop; }'),
    /closed_input is wrong/,
  ],
  ['a table put to sleep', (host) => host.load('add table inet portshift { flags dormant; }'), /dormant/],
  [
    'a closed port opened',
    (host) => host.nft('delete', 'element', 'inet', 'portshift', 'tcp_closed', '{ 8443 }'),
    /tcp_closed lacks port 8443/,
  ],
  [
    'a port closed',
    (host) => host.nft('add', 'element', 'inet', 'portshift', 'tcp_closed', '{ 22 }'),
    /tcp_closed holds port 22/,
  ],
  [
    'a set emptied',
    (host) => host.nft('flush', 'set', 'inet', 'portshift', 'udp_closed_reject'),
    /udp_closed_reject lacks port 7410/,
  ],
  [
    'a range half gone',
    (host) => host.nft('add', 'element', 'inet', 'portshift', 'tcp_loopback_ranges', '{ 20-30 : 1 }'),
    /holds ports 20-30/,
  ],
  [
    'a redirect that says nothing sensible',
    (host) => host.nft('add', 'element', 'inet', 'portshift', 'tcp_ports', '{ 1 comment "name=//" : 2 }'),
    /tcp_ports holds port 1/,
  ],
  ['an own rule doubled', doubleDrop, /closed_input holds a rule that is out of place/],
  ['an own rule altered', alterDrop, /closed_input holds a rule that is out of place/],
  ['redirects in front of the guards', reverseRedirects, /nat_prerouting holds a rule that is out of place/],
  ['a guard behind the redirects', moveGuard, /nat_prerouting holds a rule that is out of place/],
  [
    'the guards taken away',
    (host) => host.nft('flush', 'chain', 'inet', 'portshift', 'midstream'),
    /a guard of the redirects is missing/,
  ],
  ['a map of another kind', retypeMap, /tcp_outside is another kind of set/],
];

async function reverseRedirects(host: NftHost): Promise<void> {
  const lines = (await host.nft('list', 'chain', 'inet', 'portshift', 'nat_prerouting')).split('\n');
  const rules = lines.filter((line) => line.includes('comment "portshift"')).reverse();
  await host.nft('flush', 'chain', 'inet', 'portshift', 'nat_prerouting');
  await host.load(rules.map((rule) => `add rule inet portshift nat_prerouting ${rule.trim()}`).join('\n'));
}

async function moveGuard(host: NftHost): Promise<void> {
  const listing = await host.nft('--handle', 'list', 'chain', 'inet', 'portshift', 'nat_prerouting');
  const [guard, handle] = /jump midstream comment "portshift" # handle (\d+)/.exec(listing) ?? [];
  assert.ok(guard !== undefined);
  await host.load(`
    delete rule inet portshift nat_prerouting handle ${handle}
    add rule inet portshift nat_prerouting tcp flags != syn / fin,syn,rst,ack jump midstream comment "portshift"
  `);
}

/** The rule that looks a set up, as it is listed, and its handle. */
async function closingRule(host: NftHost, set: string): Promise<{ rule: string; handle: string }> {
  const listing = await host.nft('--handle', 'list', 'chain', 'inet', 'portshift', 'closed_input');
  const [, rule = '', handle = ''] = new RegExp(`^\\s*(.*@${set} .*) # handle (\\d+)$`, 'm').exec(listing) ?? [];
  assert.notEqual(handle, '');
  return { rule, handle };
}

async function doubleDrop(host: NftHost): Promise<void> {
  const { rule } = await closingRule(host, 'tcp_closed');
  await host.load(`add rule inet portshift closed_input ${rule}`);
}

async function alterDrop(host: NftHost): Promise<void> {
  const { rule, handle } = await closingRule(host, 'tcp_closed');
  await host.load(`replace rule inet portshift closed_input handle ${handle} ${rule.replace('drop', 'accept')}`);
}

async function retypeMap(host: NftHost): Promise<void> {
  const listing = await host.nft('--handle', 'list', 'chain', 'inet', 'portshift', 'nat_prerouting');
  const handle = /@tcp_outside comment "portshift" # handle (\d+)/.exec(listing)?.[1];
  await host.load(`
    delete rule inet portshift nat_prerouting handle ${handle}
    delete map inet portshift tcp_outside
    add map inet portshift tcp_outside { type inet_service : inet_service; elements = { 80 : 8080, 8100 comment "name=outside opt=nolo" : 7100 }; }
  `);
}

/** The listing with what nobody cares about put in order. */
async function sorted(host: NftHost): Promise<string[]> {
  const listing = await host.nft('--stateless', 'list', 'ruleset');
  return listing
    .replaceAll(/elements = \{([^}]*)\}/g, (_, elements: string) =>
      elements
        .split(',')
        .map((one) => one.trim())
        .sort()
        .join(),
    )
    .split('\n')
    .sort();
}

describe('A table of nft that somebody has damaged', () => {
  let host: NftHost;

  beforeEach(async () => {
    host = await NftHost.create();
  });

  afterEach(() => host.remove());

  for (const [name, damage, words] of DAMAGES) {
    it(`is repaired: ${name}`, async () => {
      const firewall = await host.open();
      const rules = await installAll(firewall);
      const before = await sorted(host);
      await damage(host);
      assert.deepEqual(await textsOf(firewall), rules);
      assert.match(firewall.repaired.join('\n'), words);
      assert.deepEqual(await sorted(host), before);
      assert.deepEqual((await host.open()).repaired, []);
    });
  }

  it('has its guards in front of all other rules again, where another one was inserted there, which stays', async () => {
    const firewall = await host.open();
    await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
    const order = async () =>
      (await host.nft('list', 'chain', 'inet', 'portshift', 'nat_prerouting'))
        .split('\n')
        .flatMap((line) => /foreign|midstream|fib daddr type|@\w+/.exec(line)?.[0] ?? []);
    const before = await order();
    assert.deepEqual([...before].sort(), ['@tcp_ports', '@udp_ports', 'fib daddr type', 'midstream']);
    await host.load('insert rule inet portshift nat_prerouting tcp dport 1 counter comment "foreign"');
    assert.equal((await textsOf(firewall)).length, 3);
    assert.match(firewall.repaired.join('\n'), /nat_prerouting holds a rule that is out of place/);
    assert.deepEqual(await order(), [...before.slice(0, 2), 'foreign', ...before.slice(2)]);
    assert.deepEqual((await host.open()).repaired, []);
  });

  it("keeps what is not portshift's, until the end and after it", async () => {
    const firewall = await host.open();
    await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
    await host.load(`
      add chain inet portshift mine
      add counter inet portshift visits
      add rule inet portshift mine tcp dport { 1, 2 } counter name visits
      insert rule inet portshift closed_input jump mine
      add set inet portshift others { type ipv4_addr; }
    `);
    const foreign = async () => (await host.list()).split('\n').filter((line) => /mine|visits|others/.test(line));
    const before = await foreign();
    await firewall.publish({ name: 'dns', protocol: 'udp', port: 53, targetPort: 5353, deny: 'reject' });
    await (await host.open()).update({ add: [markDrop({ port: '1-5' })] });
    assert.deepEqual(await foreign(), before);
    await firewall.clear();
    assert.deepEqual(await foreign(), before);
    assert.deepEqual(firewall.repaired, []);
    assert.doesNotMatch(await host.list(), /8445|5353/);
  });

  it('loses a published port whose element is taken away, and opens its target port', async () => {
    const firewall = await host.open();
    await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
    await firewall.publish({ name: 'api', port: 9445, targetPort: 9443 });
    await host.nft('delete', 'element', 'inet', 'portshift', 'tcp_ports', '{ 8445 }');
    assert.deepEqual(
      (await firewall.published()).map(({ name }) => name),
      ['api'],
    );
    assert.doesNotMatch(await host.list(), /8443/);
  });
});
