import assert from 'node:assert/strict';
import { type BackendName, type Firewall, MemoryKernel, openFirewall, type PublishOptions } from '../../lib';
import type { Backend, Installed } from '../../lib/backends/backend';
import { openBackend } from '../../lib/backends/open';
import { entryKey } from '../../lib/model/entry';
import { checkPublication, entriesOf } from '../../lib/model/publication';
import { NetworkNamespace } from '../../lib/state/namespace';
import { Namespace } from '../support/namespace';

/** Of every shape that the kernel is asked for in another way. */
const SERVICES: readonly PublishOptions[] = [
  { name: 'web', port: 8445, targetPort: 8443 },
  { name: 'range', port: '8000-8010', targetPort: 9443, deny: 'reject' },
  { name: 'dns', protocol: 'udp', port: 53, targetPort: 5353, interface: 'eth0' },
  { name: 'at', port: 443, targetPort: 4443, destination: '192.0.2.7' },
  { name: 'at-range', port: '9000-9010', targetPort: 9999, destination: '2001:db8::7' },
  { name: 'via', port: 80, targetPort: 8080, targetAddress: '192.0.2.8', established: 'drop' },
];

/** What others do in the same part of netfilter, without touching the owner's rules. */
const ELSEWHERE: Readonly<Record<'iptc' | 'nft', string>> = {
  iptc: 'iptables-legacy -w -t nat -A PREROUTING -p tcp --dport 1 -j ACCEPT',
  nft: 'nft add table inet theirs',
};

/** A foreign hand puts something of the same size in the place of what is there. */
const REPLACED: Readonly<Record<'iptc' | 'nft', string>> = {
  iptc: `rule=$(iptables-legacy -w -t nat -S portshift.pre | grep -n -- '--dport 8445 ' | head -n 1 | cut -d : -f 1)
    iptables-legacy -w -t nat -R portshift.pre $((rule - 1)) -p tcp --syn --dport 8446 -m comment --comment 'portshift gone' -j DNAT --to-destination :8443`,
  nft: `nft 'delete element inet portshift tcp_ports { 8445 }; add element inet portshift tcp_ports { 8447 : 8444 }'`,
};

/** Entries in the order of their keys, with what they have counted. */
function listed({ entries }: Installed): string[] {
  return Array.from(entries, ({ entry, state, packets }) => `${entryKey(entry)} ${state} ${packets}`).sort();
}

const all = (...services: readonly PublishOptions[]) =>
  services.flatMap((service) => entriesOf(checkPublication('', service, ['ipv4', 'ipv6'])));

for (const name of ['iptc', 'nft'] as const satisfies readonly BackendName[]) {
  describe(`What the ${name} backend knows already`, () => {
    let namespace: Namespace;
    let opened: NetworkNamespace;
    let backend: Backend;
    let firewall: Firewall;

    const open = async () => {
      const options = { backend: name, owner: 'portshift', mark: undefined, lockTimeout: 5_000, signal: undefined };
      const lifetime = { lifetime: 'host', namespace: opened, kernel: new MemoryKernel() } as const;
      return (await openBackend({ ...options, ...lifetime })).backend;
    };

    /** As one that knows nothing sees it. */
    const afresh = async () => {
      const other = await open();
      try {
        return listed(await other.read());
      } finally {
        await other.close();
      }
    };

    beforeEach(async () => {
      namespace = await Namespace.create();
      opened = NetworkNamespace.open(namespace.path);
      backend = await open();
      firewall = await openFirewall({ backend: name, namespace: namespace.path });
      await firewall.publishAll(SERVICES);
    });

    afterEach(async () => {
      await firewall.close();
      await backend.close();
      opened.close();
      await namespace.remove();
    });

    it('is what it last read, whatever others do elsewhere', async () => {
      assert.equal((await backend.read()).isKnown, false);
      await namespace.exec('sh', ['-c', ELSEWHERE[name]]);
      for (const counters of [true, false]) {
        const again = await backend.read({ counters });
        assert.equal(again.isKnown, true);
        assert.deepEqual(listed(again), await afresh());
      }
    });

    it('is what it last committed, in whatever way that is installed', async () => {
      await backend.read();
      const [web] = SERVICES;
      assert.ok(web !== undefined);
      const moved = { ...web, port: 8446 };
      assert.equal(await backend.commit({ added: all(moved), removed: all(web) }), 'committed');
      for (const counters of [false, true]) {
        const now = await backend.read({ counters });
        assert.equal(now.isKnown, true);
        assert.deepEqual(listed(now), await afresh());
      }
      for (const service of [moved, ...SERVICES.slice(1)]) {
        assert.equal(await backend.commit({ added: [], removed: all(service) }), 'committed');
        assert.deepEqual(listed(await backend.read()), await afresh());
      }
    });

    it('is not what another process has changed since', async () => {
      await backend.read();
      const web = (await firewall.published()).find((one) => one.name === 'web');
      await web?.move(8446);
      for (const counters of [false, true]) {
        const now = await backend.read({ counters });
        assert.equal(now.isKnown, counters);
        assert.deepEqual(listed(now), await afresh());
        assert.ok(listed(now).includes('redirect tcp 8446>8443 name=web whole 0'));
      }
    });

    it('is not what a foreign hand has put in its place, though it be of the same size', async () => {
      await backend.read();
      await namespace.exec('sh', ['-c', REPLACED[name]]);
      const now = await backend.read();
      assert.equal(now.isKnown, false);
      assert.notDeepEqual(now.damage, []);
      const again = await backend.read();
      assert.deepEqual([again.isKnown, again.damage], [false, now.damage]);
    });

    it('is seen to be damaged by the next call that reads it, which repairs it', async () => {
      await firewall.status();
      await firewall.rules();
      await namespace.exec('sh', ['-c', REPLACED[name]]);
      // What only its redirect told is gone with that.
      const left = (await firewall.status()).map((one) => one.name).sort();
      assert.deepEqual(left, ['at', 'at-range', 'dns', 'range', 'via']);
      const { length } = firewall.repaired;
      assert.notEqual(length, 0);
      await firewall.status();
      assert.equal(firewall.repaired.length, length);
      await using other = await openFirewall({ backend: name, namespace: namespace.path });
      assert.deepEqual(await other.status(), await firewall.status());
      assert.deepEqual(other.repaired, []);
    });

    it('is nothing where everything was taken away', async () => {
      await firewall.status();
      const command = { iptc: 'iptables-legacy-restore', nft: 'nft flush ruleset' }[name];
      const empty = '"*nat\\nCOMMIT\\n*mangle\\nCOMMIT\\n*filter\\nCOMMIT\\n"';
      const line =
        name === 'nft'
          ? command
          : `printf ${empty} | iptables-legacy-restore; printf ${empty} | ip6tables-legacy-restore`;
      await namespace.exec('sh', ['-c', line]);
      assert.deepEqual(await firewall.published(), []);
      assert.deepEqual(await firewall.status(), []);
    });

    if (name !== 'nft') return;
    it('is put together where a foreign hand has published another port under the same name', async () => {
      const line = `add element inet portshift tcp_ports { 8448 comment "name=web" : 8443 }`;
      await namespace.exec('nft', [line]);
      assert.equal(listed(await backend.read()).filter((entry) => /^redirect .*name=web /.test(entry)).length, 2);
      const webs = (await firewall.status()).filter((one) => one.name === 'web');
      assert.equal(webs.length, 1);
      assert.deepEqual(listed(await backend.read()), await afresh());
    });
  });
}
