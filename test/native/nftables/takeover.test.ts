import assert from 'node:assert/strict';
import { FORMER, formerNft, formerRules } from '../../support/former/former';
import { NftHost, textsOf } from './support';

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

describe('A table of nft of the version before', () => {
  let host: NftHost;
  let fresh: NftHost;

  beforeEach(async () => {
    host = await NftHost.create();
    fresh = await NftHost.create();
  });

  afterEach(async () => {
    await host.remove();
    await fresh.remove();
  });

  for (const name of FORMER) {
    it(`${name}: becomes what this version makes of the same rules, in one transaction`, async () => {
      await host.load(formerNft(name));
      const firewall = await host.open();
      assert.deepEqual(await textsOf(firewall), formerRules(name));
      const other = await fresh.open();
      await other.restore({ rules: formerRules(name) });
      assert.deepEqual(await sorted(host), await sorted(fresh));
      assert.match(firewall.repaired.join('\n'), /deny_input is left over/);
      assert.deepEqual((await host.open()).repaired, []);
    });
  }

  it('sets no mark any more, unless one is asked for', async () => {
    await host.load(formerNft('kinds'));
    await host.open();
    assert.doesNotMatch(await host.list(), /mark/);
    await fresh.load(formerNft('kinds'));
    await fresh.open({ mark: { value: 0x1000, mask: 0x1000 } });
    const listing = await fresh.list();
    assert.match(listing, /meta mark set/);
    assert.doesNotMatch(listing, /deny_input|_rejected|meta mark & /);
  });

  it('is left with what others have put into it', async () => {
    await host.load(formerNft('kinds'));
    await host.load(`
      add chain inet portshift mine
      insert rule inet portshift deny_input tcp dport 22 counter comment "mine 1"
      insert rule inet portshift nat_prerouting tcp dport 22 counter comment "mine 2"
      add rule inet portshift mine tcp dport 22 counter comment "mine 3"
      add set inet portshift others { type ipv4_addr; }
    `);
    const foreign = async () => (await host.list()).split('\n').filter((line) => /mine|others|deny_input/.test(line));
    const before = await foreign();
    const firewall = await host.open();
    assert.deepEqual(await textsOf(firewall), formerRules('kinds'));
    assert.deepEqual((await foreign()).sort(), before.sort());
    assert.doesNotMatch(await host.list(), /_rejected|meta mark/);
    assert.deepEqual((await host.open()).repaired, []);
    await firewall.clear();
    assert.deepEqual((await foreign()).sort(), before.sort());
  });

  it('keeps a set that a rule of others looks up', async () => {
    await host.load(formerNft('kinds'));
    await host.load(`
      add chain inet portshift mine
      add rule inet portshift mine tcp dport @tcp_rejected counter comment "mine"
    `);
    const firewall = await host.open();
    assert.deepEqual(await textsOf(firewall), formerRules('kinds'));
    const listing = await host.list();
    assert.match(listing, /set tcp_rejected \{/);
    assert.doesNotMatch(listing, /@udp_rejected|deny_input/);
    assert.deepEqual((await host.open()).repaired, []);
    await firewall.clear();
    assert.match(await host.list(), /@tcp_rejected .*comment "mine"/);
  });
});

describe('A set of nft that a rule of others looks up', () => {
  it('stays when nothing is in it any more, and is used again', async () => {
    const host = await NftHost.create();
    try {
      const firewall = await host.open();
      const web = { name: 'web', port: 8445, targetPort: 8443, destination: '192.0.2.1' };
      const published = await firewall.publish(web);
      const set = /map (tcp_ports_\w+) /.exec(await host.list())?.[1];
      assert.ok(set !== undefined);
      await host.load(`
        add chain inet portshift mine
        add rule inet portshift mine ip daddr . tcp dport @${set} counter comment "mine"
      `);
      await published.withdraw();
      assert.match(await host.list(), new RegExp(`map ${set} `));
      assert.deepEqual((await host.open()).repaired, []);
      await firewall.publish(web);
      assert.deepEqual((await host.open()).repaired, []);
      await firewall.clear();
      assert.match(await host.list(), /comment "mine"/);
    } finally {
      await host.remove();
    }
  });
});
