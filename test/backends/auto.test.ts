import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { FirewallError, openFirewall } from '../../lib';
import { Namespace } from '../support/namespace';

const FOREIGN = 'table inet other { chain in { type filter hook input priority 0; tcp dport 22 accept; }; }';

/** What `iptables-nft -L` leaves behind. */
const LISTED_BY_IPTABLES_NFT = `
table ip filter {
  chain INPUT { type filter hook input priority filter; policy accept; }
  chain FORWARD { type filter hook forward priority filter; policy accept; }
  chain OUTPUT { type filter hook output priority filter; policy accept; }
}`;

const LEGACY_USE: readonly [what: string, command: string, args: readonly string[]][] = [
  ['a rule', 'iptables-legacy', ['-A', 'INPUT', '-p', 'tcp', '--dport', '22', '-j', 'ACCEPT']],
  ['a rule for IPv6', 'ip6tables-legacy', ['-t', 'mangle', '-A', 'OUTPUT', '-j', 'ACCEPT']],
  ['a rule in raw', 'iptables-legacy', ['-t', 'raw', '-A', 'PREROUTING', '-p', 'udp', '-j', 'ACCEPT']],
  ['a rule in security', 'iptables-legacy', ['-t', 'security', '-A', 'INPUT', '-j', 'ACCEPT']],
  ['a policy that drops', 'ip6tables-legacy', ['-P', 'INPUT', 'DROP']],
];

const NFT_USE: readonly [what: string, input: string][] = [
  ['a rule', FOREIGN],
  ['a rule for one family', 'table ip nat { chain out { type nat hook postrouting priority 100; masquerade; }; }'],
  ['a policy that drops', 'table ip6 deny { chain in { type filter hook input priority 0; policy drop; }; }'],
  ['a rule of a bridge', 'table bridge b { chain f { type filter hook forward priority 0; counter; }; }'],
];

describe("openFirewall({ backend: 'auto' })", () => {
  let namespace: Namespace;

  beforeEach(async () => {
    namespace = await Namespace.create();
  });

  afterEach(() => namespace.remove());

  const chosen = async () => {
    await using firewall = await openFirewall({ namespace: namespace.path });
    return { backend: firewall.backend, reason: firewall.backendReason };
  };

  it('takes nft where nothing is in use, and creates no table by looking', async () => {
    assert.deepEqual(await chosen(), { backend: 'nft', reason: 'neither is in use here, and nft is the better one' });
    assert.equal((await namespace.exec('cat', ['/proc/net/ip_tables_names'])).stdout, '');
    assert.equal((await namespace.exec('nft', ['list', 'ruleset'])).stdout, '');
  });

  it('follows the legacy tables where they are what is in use', async () => {
    await namespace.exec('iptables-legacy', ['-w', '-A', 'INPUT', '-p', 'tcp', '--dport', '22', '-j', 'ACCEPT']);
    assert.equal((await chosen()).backend, 'iptc');
  });

  it('follows nf_tables where both are in use', async () => {
    await namespace.exec('iptables-legacy', ['-w', '-A', 'INPUT', '-p', 'tcp', '--dport', '22', '-j', 'ACCEPT']);
    await namespace.exec('nft', ['-f', '-'], { input: FOREIGN });
    assert.equal((await chosen()).backend, 'nft');
  });

  it('does not take tables for in use that somebody has merely listed or made', async () => {
    for (const command of ['iptables-legacy', 'ip6tables-legacy']) {
      for (const table of ['filter', 'nat', 'mangle', 'raw', 'security'])
        await namespace.exec(command, ['-w', '-t', table, '-L', '-n']);
    }
    await namespace.exec('nft', ['add', 'table', 'inet', 'other']);
    assert.deepEqual(await chosen(), { backend: 'nft', reason: 'neither is in use here, and nft is the better one' });
    await namespace.exec('iptables-legacy', ['-w', '-N', 'empty']);
    assert.equal((await chosen()).reason, 'neither is in use here, and nft is the better one');
  });

  for (const [what, command, args] of LEGACY_USE) {
    it(`takes ${what} for a use of the legacy tables, beside what iptables-nft has merely listed`, async () => {
      await namespace.exec('nft', ['-f', '-'], { input: LISTED_BY_IPTABLES_NFT });
      await namespace.exec(command, ['-w', ...args]);
      assert.deepEqual(await chosen(), {
        backend: 'iptc',
        reason: 'the legacy tables are in use here, and nf_tables is not',
      });
    });
  }

  for (const [what, input] of NFT_USE) {
    it(`takes ${what} for a use of nf_tables`, async () => {
      await namespace.exec('iptables-legacy', ['-w', '-P', 'FORWARD', 'DROP']);
      await namespace.exec('nft', ['-f', '-'], { input });
      assert.deepEqual(await chosen(), { backend: 'nft', reason: 'nf_tables is in use here' });
    });
  }

  describe('while another program holds the xtables lock', () => {
    const before = process.env['XTABLES_LOCKFILE'];
    let lock: string;

    beforeEach(async () => {
      lock = `${before}-held`;
      process.env['XTABLES_LOCKFILE'] = lock;
      const hold = ['--no-fork', lock, 'sh', '-c', 'echo held; exec sleep infinity'];
      await once(namespace.spawn('flock', hold).stdout, 'data');
    });
    afterEach(() => {
      process.env['XTABLES_LOCKFILE'] = before;
    });

    const options = () => ({ namespace: namespace.path, lockTimeout: 0 });

    it('decides for nft without waiting, whatever is in the legacy tables', async () => {
      await using idle = await openFirewall(options());
      assert.equal(idle.backend, 'nft');
      await idle.publish({ name: 'web', port: 8445, targetPort: 8443 });
      const foreign = ['-t', 'nat', '-A', 'PREROUTING', '-p', 'tcp', '--dport', '1', '-j', 'ACCEPT'];
      await namespace.exec('iptables-legacy', foreign, { env: { ...process.env, XTABLES_LOCKFILE: `${before}` } });
      await using owned = await openFirewall(options());
      assert.equal(owned.backendReason, 'this owner has its rules there');
      await using other = await openFirewall({ ...options(), owner: 'blue' });
      assert.equal(other.backendReason, 'nf_tables is in use here');
    });

    it('waits for it where it is to work with the legacy tables', async () => {
      const foreign = ['-A', 'INPUT', '-p', 'tcp', '--dport', '1', '-j', 'ACCEPT'];
      await namespace.exec('iptables-legacy', foreign, { env: { ...process.env, XTABLES_LOCKFILE: `${before}` } });
      await assert.rejects(
        () => openFirewall(options()),
        (error) => error instanceof FirewallError && error.code === 'ERR_LOCK_TIMEOUT',
      );
    });
  });

  it('leaves the lock file alone on a host of nft', async () => {
    const before = process.env['XTABLES_LOCKFILE'];
    const lock = `${before}-untouched`;
    process.env['XTABLES_LOCKFILE'] = lock;
    try {
      await namespace.exec('iptables-legacy', ['-t', 'nat', '-L'], {
        env: { ...process.env, XTABLES_LOCKFILE: `${before}` },
      });
      await using firewall = await openFirewall({ namespace: namespace.path });
      const web = await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
      await web.move(8446);
      await using again = await openFirewall({ namespace: namespace.path });
      await again.clear();
      assert.equal(existsSync(lock), false);
    } finally {
      process.env['XTABLES_LOCKFILE'] = before;
    }
  });

  it('takes an owner for known by its entries alone', async () => {
    await namespace.exec('iptables-legacy', ['-w', '-N', 'portshift.foreign']);
    const stray = ['-w', '-A', 'portshift.foreign', '-m', 'comment', '--comment', 'portshift', '-j', 'ACCEPT'];
    await namespace.exec('iptables-legacy', stray);
    assert.equal((await chosen()).reason, 'the legacy tables are in use here, and nf_tables is not');
  });

  for (const backend of ['iptc', 'nft'] as const) {
    it(`finds an owner's rules in ${backend} and does not double them`, async () => {
      await using first = await openFirewall({ backend, namespace: namespace.path });
      await first.publish({ name: 'web', port: 8445, targetPort: 8443 });
      if (backend === 'iptc') await namespace.exec('nft', ['-f', '-'], { input: FOREIGN });
      await using second = await openFirewall({ namespace: namespace.path });
      assert.equal(second.backend, backend);
      assert.equal(second.backendReason, 'this owner has its rules there');
      const [web] = await second.published();
      await web?.move(8446);
      assert.deepEqual(
        (await first.status()).map(({ name, port }) => ({ name, port })),
        [{ name: 'web', port: 8446 }],
      );
    });
  }
});
