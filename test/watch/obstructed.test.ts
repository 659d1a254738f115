import assert from 'node:assert/strict';
import { type Firewall, openFirewall, type RuleHealing, type Warning, type Watch, type WatchOptions } from '../../lib';
import { Host } from '../support/host';
import { until } from '../support/until';

const WEB = { name: 'web', port: 8445, targetPort: 8443 };

/** What puts a rule of others before portshift's, and the warning that it comes to. */
const OBSTACLES = {
  iptc: [
    ['iptables-legacy -w -t nat -I PREROUTING -j ACCEPT', 'port-skipped'],
    ['ip6tables-legacy -w -t mangle -I INPUT -j ACCEPT', 'target-open'],
    ['iptables-legacy -w -A INPUT -j REJECT', 'target-blocked'],
    [
      'nft add table inet t; nft "add chain inet t p { type nat hook prerouting priority -101; }"; nft add rule inet t p tcp dport 8445 redirect to :9999',
      'port-taken',
    ],
  ],
  nft: [
    [
      'nft add table inet t; nft "add chain inet t p { type nat hook prerouting priority -101; }"; nft add rule inet t p tcp dport 8445 redirect to :9999',
      'port-taken',
    ],
    [
      'nft add table inet t; nft "add chain inet t i { type filter hook input priority 0; policy drop; }"',
      'target-blocked',
    ],
    ['iptables-legacy -w -t raw -A PREROUTING -j CT --notrack', 'port-untracked'],
  ],
} as const;

/** Whether the first rule of a chain is portshift's. */
function isFirst(listing: string): boolean {
  return (
    listing
      .split('\n')
      .find((line) => line.startsWith('-A'))
      ?.includes('portshift') === true
  );
}

for (const backend of ['iptc', 'nft'] as const) {
  describe(`What a watch says of others' rules on ${backend}`, () => {
    let host: Host;
    let firewall: Firewall;
    let watch: Watch | undefined;
    const obstructed: (readonly Warning[])[] = [];
    const healed: RuleHealing[] = [];

    beforeEach(async () => {
      host = await Host.create();
      firewall = await openFirewall({ backend, namespace: host.namespace.path });
      await firewall.publish(WEB);
      obstructed.length = 0;
      healed.length = 0;
    });

    afterEach(async () => {
      await watch?.close();
      await firewall.close();
      await host.namespace.remove();
    });

    const shell = (line: string) => host.namespace.exec('sh', ['-ec', line]);

    async function watching(options: WatchOptions = {}): Promise<void> {
      watch = await firewall.watch({ interval: 50, ...options });
      watch.on('obstructed', ({ warnings }) => obstructed.push(warnings));
      watch.on('healed', (healing) => healed.push(healing));
    }

    for (const [line, code] of OBSTACLES[backend]) {
      it(`${code}: ${line.slice(0, 60)}`, async () => {
        await watching();
        await shell(line);
        await until('it is said', () => obstructed.length > 0);
        assert.ok(obstructed[0]?.every((warning) => warning.code === code && warning.name === 'web'));
      });
    }

    it('says what was there already', async () => {
      await shell(OBSTACLES[backend][0][0]);
      await watching();
      await until('it is said', () => obstructed.length > 0);
    });

    it('says nothing new of what it has told of, nor of what concerns nobody', async () => {
      await shell(OBSTACLES[backend][0][0]);
      await watching();
      await until('it is said', () => obstructed.length > 0);
      await shell('iptables-legacy -w -A INPUT -p tcp --dport 80 -j DROP; nft add table inet more');
      const another = 'iptables-legacy -w -A INPUT -p tcp --dport 8443 -j DROP';
      await shell(another);
      await until('it is said', () => obstructed.length > 1);
      const codes = obstructed.map((warnings) => [...new Set(warnings.map(({ code }) => code))].sort());
      assert.deepEqual(codes[1]?.includes('target-blocked') || codes[1]?.includes('port-skipped'), true);
      assert.equal(obstructed.length, 2);
    });

    if (backend === 'iptc') {
      it('puts portshift first again, with heal, and leaves the others as they are', async () => {
        await firewall.publish({ name: 'dns', protocol: 'udp', port: 53, targetPort: 5353, deny: 'reject' });
        const before = (await shell('iptables-legacy-save')).stdout;
        await watching({ heal: true });
        await shell('iptables-legacy -w -t mangle -I INPUT -p tcp -j ACCEPT; iptables-legacy -w -I INPUT -j ACCEPT');
        await until('it is said', () => healed.some(({ first }) => first?.includes('ipv4 mangle INPUT') === true));
        await until('all are first', async () => isFirst((await shell('iptables-legacy -S INPUT')).stdout));
        const lines = (text: string) => text.replaceAll(/^#.*\n|\[\d+:\d+\]/gm, '').split('\n');
        const after = lines((await shell('iptables-legacy-save')).stdout);
        assert.deepEqual(
          after.filter((line) => line !== '-A INPUT -p tcp -j ACCEPT' && line !== '-A INPUT -j ACCEPT'),
          lines(before),
        );
        for (const table of ['mangle', 'filter', 'security']) {
          assert.ok(isFirst((await shell(`iptables-legacy -t ${table} -S INPUT`)).stdout), table);
        }
        assert.deepEqual(obstructed, []);
      });

      it('leaves other owners where they are', async () => {
        await using blue = await openFirewall({ backend, namespace: host.namespace.path, owner: 'blue' });
        await blue.publish({ ...WEB, name: 'blue', port: 9445, targetPort: 9443 });
        const before = (await shell('iptables-legacy -t nat -S')).stdout;
        await watching({ heal: true });
        await shell('iptables-legacy -w -A INPUT -p tcp --dport 8443 -j DROP');
        await until('it is said', () => obstructed.length > 0);
        assert.equal((await shell('iptables-legacy -t nat -S')).stdout, before);
        assert.deepEqual(healed, []);
      });
    }
  });
}
