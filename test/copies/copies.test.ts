import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type Firewall, type FirewallOptions, openFirewall, type PublishOptions } from '../../lib';
import { loadAddon } from '../../lib/backends/addon';
import type { NftAddon } from '../../lib/backends/nft/addon';
import { OwnNames } from '../../lib/copies/copied-chains';
import { removeInNft } from '../../lib/copies/reader';
import { FORMER, formerNft, formerRules, formerTables } from '../support/former/former';
import { Host } from '../support/host';
import type { Probe } from './probes';
import { probe, serve } from './probes';

const WEB = { name: 'web', port: 8445, targetPort: 8443 } as const;
const DNS = { name: 'dns', protocol: 'udp', port: 9445, targetPort: 9443, deny: 'reject' } as const;
/** More than a chain holds: their rules are in a tree of chains. */
const MANY: readonly PublishOptions[] = Array.from({ length: 40 }, (_, index) => ({
  port: 10_000 + 7 * index,
  targetPort: 8443,
}));

const MIGRATION = `
  iptables-legacy-save | iptables-nft-restore --noflush
  ip6tables-legacy-save | ip6tables-nft-restore --noflush`;

const FOREIGN = `
  for table in filter mangle nat security; do
    iptables-nft -t $table -A OUTPUT -p tcp --dport 1 -m comment --comment "portshift is not mine" -j ACCEPT
    ip6tables-nft -t $table -A OUTPUT -p tcp --dport 1 -m comment --comment portshift -j ACCEPT
    iptables-nft -t $table -N portshift.extra
    iptables-nft -t $table -A OUTPUT -p tcp --dport 2 -m comment --comment "portshift redirect tcp 8445>8443 name=web" -j portshift.extra
    iptables-legacy -t $table -A OUTPUT -p tcp --dport 1 -m comment --comment portshift -j ACCEPT
    ip6tables-legacy -t $table -A OUTPUT -p tcp --dport 1 -j ACCEPT
  done
  nft 'table inet theirs {
    counter visits { packets 7 bytes 700 }
    set tcp_closed { type inet_service; elements = { 8443 }; }
    chain nat_prerouting { type nat hook prerouting priority -90; tcp dport 1 redirect to :2; }
    chain closed_input { type filter hook input priority 0; tcp dport @tcp_closed counter name visits; }
  }'`;

const LEGACY_SAVE = 'iptables-legacy-save -c; ip6tables-legacy-save -c';

/** Without the lines that say when. */
function timeless(saved: string): string {
  return saved.replaceAll(/^#.*\n/gm, '');
}

interface Listed {
  readonly chain?: { readonly name: string };
  readonly rule?: { readonly chain: string; readonly expr: readonly { readonly jump?: { readonly target: string } }[] };
}

/** A listing of nft in JSON, handles and counters included, without own chains and what is in them and jumps to them. */
function withoutCopies(listing: string): unknown {
  const isOwn = (chain = '') => /^portshift\.(?!extra)/.test(chain);
  const { nftables } = JSON.parse(listing) as { readonly nftables: readonly Listed[] };
  return {
    nftables: nftables.filter(
      ({ chain, rule }) =>
        !isOwn(chain?.name) && !isOwn(rule?.chain) && !rule?.expr.some(({ jump }) => isOwn(jump?.target)),
    ),
  };
}

describe('Copies of rules', () => {
  let host: Host;
  const opened: Firewall[] = [];

  beforeEach(async () => {
    host = await Host.create();
  });

  afterEach(async () => {
    for (const firewall of opened.splice(0)) await firewall.close();
    await host.namespace.remove();
  });

  async function open(backend: 'iptc' | 'nft' | 'auto', options: FirewallOptions = {}): Promise<Firewall> {
    const firewall = await openFirewall({ backend, namespace: host.namespace.path, ...options });
    opened.push(firewall);
    return firewall;
  }

  async function shell(script: string): Promise<string> {
    return (await host.namespace.exec('sh', ['-ec', script])).stdout;
  }

  /** All that the kernel holds, but for when iptables-save was called. */
  const kernel = async () => timeless(await shell(`nft -j list ruleset; ${LEGACY_SAVE}`));

  it('that a migration left are found in both families, and removed alone, byte for byte', async () => {
    await shell(FOREIGN);
    const firewall = await open('iptc');
    await firewall.publishAll([WEB, DNS, ...MANY]);
    assert.deepEqual(await firewall.copies(), []);
    await shell(MIGRATION);

    const [copy, ...more] = await firewall.copies();
    assert.deepEqual(more, []);
    assert.equal(copy?.backend, 'iptables-nft');
    assert.deepEqual(copy.families, ['ipv4', 'ipv6']);
    assert.deepEqual([...copy.tables].sort(), [
      'ip filter',
      'ip mangle',
      'ip nat',
      'ip security',
      'ip6 filter',
      'ip6 mangle',
      'ip6 nat',
      'ip6 security',
    ]);
    assert.ok(copy.chains.includes('portshift.pre.t1xxxx'), copy.chains.join());
    const texts = (await firewall.rules()).map(({ text }) => text).sort();
    assert.deepEqual(copy.rules.map(({ text }) => text).sort(), texts);

    const expected = withoutCopies(await shell('nft -j list ruleset'));
    const legacy = await shell(LEGACY_SAVE);
    assert.deepEqual(await firewall.clearCopies(), { removed: [copy], left: [] });
    assert.deepEqual(JSON.parse(await shell('nft -j list ruleset')), expected);
    assert.equal(timeless(await shell(LEGACY_SAVE)), timeless(legacy));
    assert.match(await shell('iptables-nft-save'), /"portshift redirect tcp 8445>8443 name=web" -j portshift.extra/);
    assert.deepEqual(await firewall.copies(), []);
  });

  for (const backend of ['iptc', 'nft'] as const) {
    it(`keep a port public that ${backend} has withdrawn until they are removed`, async () => {
      await serve(host);
      const legacy = await open('iptc');
      await legacy.publishAll([WEB, DNS]);
      await shell(MIGRATION);
      if (backend === 'nft') await legacy.clear();
      const firewall = await open(backend);
      if (backend === 'nft') await firewall.publishAll([WEB, DNS]);
      for (const one of await firewall.published()) await one.withdraw();
      const served: Probe = { web: 'open', dns: 'open', target: 'timeout', targetOfDns: 'refused' };
      assert.deepEqual(await probe(host), [served, served]);
      await firewall.clearCopies();
      const gone: Probe = { web: 'refused', dns: 'refused', target: 'open', targetOfDns: 'open' };
      assert.deepEqual(await probe(host), [gone, gone]);
    });
  }

  it('by iptables-restore-translate are found by the comments that nft keeps', async () => {
    const firewall = await open('iptc');
    await firewall.publish(WEB);
    const before = await shell('nft -a list ruleset');
    await shell('iptables-legacy-save | iptables-restore-translate -f /dev/stdin | nft -f -');
    const [copy] = await firewall.copies();
    assert.deepEqual(
      copy?.rules.map(({ text }) => text),
      ['markDrop tcp 8443 name=web', 'loopback tcp 8445>8443 name=web', 'redirect tcp 8445>8443 name=web'],
    );
    await firewall.clearCopies();
    assert.doesNotMatch(await shell('nft list ruleset'), /portshift/);
    assert.equal(before, '');
  });

  it('leave a rule of others in a copied chain where it is, and say so', async () => {
    const firewall = await open('iptc');
    await firewall.publish(WEB);
    await shell(`${MIGRATION}
      iptables-nft -t mangle -I portshift.syn -p tcp --dport 99 -m comment --comment "portshift of the operator" -j ACCEPT
      iptables-nft -A INPUT -p tcp --dport 98 -j ACCEPT
      nft list chain ip mangle INPUT > /dev/null`);
    const { removed, left } = await firewall.clearCopies();
    assert.deepEqual(left, []);
    assert.deepEqual(
      removed.flatMap(({ stays }) => stays),
      ['ip mangle portshift.syn stays: it holds a rule that may be of others'],
    );
    assert.deepEqual(
      (await shell('iptables-nft-save; ip6tables-nft-save'))
        .split('\n')
        .filter((line) => line.startsWith('-A'))
        .sort(),
      [
        '-A INPUT -p tcp -m tcp --dport 98 -j ACCEPT',
        '-A INPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -m conntrack ! --ctstate DNAT --ctdir ORIGINAL -m comment --comment portshift -j portshift.syn',
        '-A portshift.syn -p tcp -m tcp --dport 99 -m comment --comment "portshift of the operator" -j ACCEPT',
      ],
    );
  });

  it('that lost their comments in a listing of nft are told, and not removed', async () => {
    const firewall = await open('iptc');
    await firewall.publish(WEB);
    await shell(
      `${MIGRATION}
      nft list table ip mangle > ruleset; nft delete table ip mangle; nft -f ruleset; rm ruleset`.replaceAll(
        'ruleset',
        `/tmp/copies-${process.pid}`,
      ),
    );
    await firewall.clearCopies();
    const [copy, ...more] = await firewall.copies();
    assert.deepEqual(
      [copy?.tables, copy?.chains, copy?.rules, more],
      [['ip mangle'], ['portshift.ans', 'portshift.syn'], [], []],
    );
    assert.deepEqual(copy?.stays.toSorted(), [
      'ip mangle portshift.ans stays: a rule without a comment that may be of others jumps to it',
      'ip mangle portshift.syn stays: a rule without a comment that may be of others jumps to it',
    ]);
  });

  it('of another owner are not touched', async () => {
    const blue = await open('iptc', { owner: 'blue' });
    await blue.publish(WEB);
    await shell(MIGRATION);
    const firewall = await open('iptc');
    const before = await kernel();
    assert.deepEqual(await firewall.copies(), []);
    assert.deepEqual(await firewall.clearCopies(), { removed: [], left: [] });
    assert.equal(await kernel(), before);
    assert.deepEqual(
      (await blue.copies()).map(({ chains }) => chains.every((chain) => chain.startsWith('blue.'))),
      [true],
    );
  });

  it('stay where others change the ruleset each time before it can be committed to', async () => {
    const legacy = await open('iptc');
    await legacy.publish(WEB);
    await shell(MIGRATION);
    const busy = await (await open('nft', { owner: 'busy' })).publish({ port: 1, targetPort: 2 });
    const session = await loadAddon<NftAddon>('nft').open({ namespace: host.namespace.path });
    let commits = 0;
    const late: Parameters<typeof removeInNft>[0] = {
      ruleset: () => session.ruleset(),
      read: (table) => session.read(table),
      hasTranslatedConnections: () => session.hasTranslatedConnections(),
      commitForeign: async (batches, generation) => {
        commits += 1;
        await busy.move(10 + (commits % 2));
        return session.commitForeign(batches, generation);
      },
    };
    const options = {
      names: new OwnNames('portshift'),
      backend: 'iptc',
      keys: new Set<string>(),
      isTracked: true,
    } as const;
    await assert.rejects(removeInNft(late, options), { code: 'ERR_CONFLICT', message: /changed by others 100 times/ });
    await session.close();
    assert.equal(commits, 100);
    assert.equal((await legacy.copies()).length, 1);
  });

  it('are not waited for, and stay whole, while another program has the xtables lock', async () => {
    await (await open('iptc')).publish(WEB);
    await shell(MIGRATION);
    const firewall = await open('nft', { lockTimeout: 50 });
    const lock = process.env['XTABLES_LOCKFILE'] ?? '/run/xtables.lock';
    const holder = host.namespace.spawn('flock', [lock, 'sh', '-c', 'echo held; exec cat']);
    await once(holder.stdout, 'data');
    assert.equal((await firewall.copies()).length, 2);
    await assert.rejects(firewall.clearCopies(), { code: 'ERR_LOCK_TIMEOUT' });
    holder.stdin.end();
    await once(holder, 'close');
    assert.deepEqual(
      (await firewall.copies()).map(({ backend }) => backend),
      ['iptc', 'iptables-nft'],
    );
    await firewall.clearCopies();
    assert.deepEqual(await firewall.copies(), []);
  });

  for (const former of FORMER) {
    describe(`of an earlier version's rules, ${former}`, () => {
      const texts = async (firewall: Firewall) => {
        const [copy, ...more] = await firewall.copies();
        assert.deepEqual(more, []);
        return copy?.rules.map(({ text }) => text).sort();
      };
      const restore = async (command: string) => {
        for (const [family, prefix] of [
          ['ipv4', 'ip'],
          ['ipv6', 'ip6'],
        ] as const) {
          await host.namespace.exec(`${prefix}${command}`, ['--noflush'], { input: formerTables(former, family) });
        }
      };
      const left = () => shell(`nft list ruleset; iptables-nft-save; ip6tables-nft-save; ${LEGACY_SAVE}`);

      it('are found and removed in the tables of iptables-nft', async () => {
        await restore('tables-nft-restore');
        const firewall = await open('nft');
        assert.deepEqual(await texts(firewall), formerRules(former));
        await firewall.clearCopies();
        assert.doesNotMatch(await left(), /portshift/);
      });

      it('are found and removed in the legacy tables', async () => {
        await restore('tables-legacy-restore');
        const firewall = await open('nft');
        assert.deepEqual(await texts(firewall), formerRules(former));
        await firewall.clearCopies();
        assert.doesNotMatch(await left(), /portshift/);
      });

      for (const table of ['portshift', 'backup']) {
        it(`are found and removed in the table ${table} of nf_tables`, async () => {
          const listing = formerNft(former).replace(/^table inet portshift /m, `table inet ${table} `);
          await host.namespace.exec('nft', ['-f', '-'], { input: listing });
          const firewall = await open('iptc');
          assert.deepEqual(await texts(firewall), formerRules(former));
          await firewall.clearCopies();
          assert.equal(await shell('nft list ruleset'), '');
        });
      }
    });
  }

  describe('in the other backend', () => {
    it('are the legacy tables for nft, whose rules auto takes', async () => {
      await shell(FOREIGN);
      const legacy = await open('iptc');
      const before = await kernel();
      await legacy.publishAll([{ ...WEB, port: 8446 }, DNS]);
      await legacy.close();
      const nft = await open('nft');
      await nft.publish(WEB);
      const firewall = await open('auto');
      assert.equal(firewall.backend, 'nft');
      assert.match(firewall.backendReason, /^this owner has rules there, and in iptc as well; /);
      const [copy, ...more] = await firewall.copies();
      assert.deepEqual([copy?.backend, more], ['iptc', []]);
      assert.deepEqual([...new Set(copy?.rules.map(({ name }) => name))].sort(), ['dns', 'web']);
      await firewall.clearCopies();
      assert.deepEqual(await firewall.copies(), []);
      assert.equal((await nft.published()).length, 1);
      await nft.clear();
      assert.equal(await kernel(), before);
    });

    it('are the table of nft for iptc', async () => {
      await shell(FOREIGN);
      const firewall = await open('iptc');
      await firewall.publish(WEB);
      const before = await kernel();
      await (await open('nft')).publishAll([{ ...WEB, port: '8000-8010' }, DNS]);
      const [copy, ...more] = await firewall.copies();
      assert.deepEqual([copy?.backend, copy?.tables, more], ['nft', ['inet portshift'], []]);
      assert.deepEqual(
        copy?.rules
          .filter(({ rule }) => rule.kind === 'redirect')
          .map(({ text }) => text)
          .sort(),
        ['redirect tcp 8000-8010>8443 name=web', 'redirect udp 9445>9443 name=dns opt=reject'],
      );
      await firewall.clearCopies();
      assert.equal(await kernel(), before);
    });

    for (const order of [
      ['iptc', 'nft'],
      ['nft', 'iptc'],
    ] as const) {
      it(`redirect a port together: that of ${order[1]} wins, which is the later one`, async () => {
        const targets = { iptc: 8443, nft: 9443 };
        for (const [id, port] of Object.entries(targets)) await host.serve({ kind: 'tcp', id, port });
        for (const backend of order) {
          await (await open(backend)).publish({ ...WEB, targetPort: targets[backend] });
        }
        const ask = (address: string, port: number) => ({ protocol: 'tcp' as const, address, port, timeout: 600 });
        for (const address of ['127.0.0.1', '::1']) {
          const [web, ...closed] = await host.probe([ask(address, 8445), ask(address, 8443), ask(address, 9443)]);
          assert.equal(web?.state === 'open' && web.server, order[1]);
          assert.deepEqual(closed, [{ state: 'timeout' }, { state: 'timeout' }]);
        }
      });
    }

    it('are told in the status of a published port, where that is asked for', async () => {
      await (await open('iptc')).publish(WEB);
      const firewall = await open('nft');
      await firewall.publish(WEB);
      const [plain] = await firewall.status();
      assert.ok(plain !== undefined && !('copies' in plain));
      const [status] = await firewall.status({ copies: true });
      assert.deepEqual(status?.copies, [
        'tcp 8443 (web) is closed by the legacy tables (ip and ip6: mangle, nat)',
        'tcp 8445 (web) is redirected to 8443 by the legacy tables (ip and ip6: mangle, nat)',
      ]);
    });

    it('of a living process are not taken from it', async () => {
      await (await open('nft', { lifetime: 'process' })).publish(WEB);
      const firewall = await open('iptc');
      assert.equal((await firewall.copies()).length, 1);
      await assert.rejects(firewall.clearCopies(), { code: 'ERR_CONFLICT' });
    });
  });

  describe('in a table of another name', () => {
    const RENAMED = "nft list table inet portshift | sed 's/^table inet portshift/table inet backup/' | nft -f -";

    it('are found by rules, sets and elements, and go with their table', async () => {
      await shell(FOREIGN);
      const firewall = await open('nft');
      await firewall.publishAll([{ ...WEB, port: '8000-8010', destination: '127.0.0.1' }, DNS]);
      const before = await kernel();
      await shell(RENAMED);
      const [copy, ...more] = await firewall.copies();
      assert.deepEqual([copy?.backend, copy?.tables, more], ['nft', ['inet backup'], []]);
      const texts = (await firewall.rules()).map(({ text }) => text).sort();
      assert.deepEqual(copy?.rules.map(({ text }) => text).sort(), texts);
      await firewall.clearCopies();
      assert.equal(await kernel(), before);
    });

    it('leave what others have in it', async () => {
      const firewall = await open('nft');
      await firewall.publishAll([WEB, DNS]);
      const own = await shell('nft list table inet portshift');
      await shell(`${RENAMED}
        nft 'add counter inet backup visits; add chain inet backup theirs { type filter hook input priority 5; }
          add rule inet backup theirs tcp dport @tcp_closed counter name visits
          add rule inet backup closed_input tcp dport 1 accept'`);
      const { removed } = await firewall.clearCopies();
      assert.deepEqual(removed[0]?.stays.toSorted(), [
        'inet backup closed_input stays: it holds a rule of others',
        'inet backup tcp_closed stays: a rule of others uses it',
        'inet backup theirs stays: it is of others',
      ]);
      assert.deepEqual(await firewall.copies(), []);
      assert.equal(await shell('nft list table inet portshift'), own);
      const left = await shell('nft list table inet backup');
      assert.match(left, /tcp dport @tcp_closed counter name "visits"/);
      assert.match(left, /tcp dport 1 accept/);
      assert.doesNotMatch(left, /comment "portshift"|tcp_ports|nat_prerouting/);
    });

    it('leave a table with objects of others that are in no chain', async () => {
      const firewall = await open('nft');
      await firewall.publish(WEB);
      await shell(`${RENAMED}; nft add counter inet backup visits`);
      await firewall.clearCopies();
      assert.equal(
        (await shell('nft list table inet backup')).replaceAll(/\s+/g, ' ').trim(),
        'table inet backup { counter visits { packets 0 bytes 0 } }',
      );
    });

    it('belong to the owner that has the same rules, or else to the default one', async () => {
      const blue = await open('nft', { owner: 'blue' });
      await blue.publish(WEB);
      await shell(
        "nft list table inet portshift.blue | sed 's/^table inet portshift.blue/table inet backup/' | nft -f -",
      );
      const firewall = await open('nft');
      assert.deepEqual([(await firewall.copies()).length, (await blue.copies()).length], [0, 1]);
      await blue.clear();
      assert.deepEqual([(await firewall.copies()).length, (await blue.copies()).length], [1, 0]);
      await firewall.clearCopies();
      assert.equal(await shell('nft list ruleset'), '');
    });
  });

  for (const [what, copying] of [
    ['iptables-nft', `${MIGRATION}; iptables-legacy -t nat -F; iptables-legacy -t nat -X`],
    [
      'a table of another name',
      "nft list table inet portshift | sed 's/^table inet portshift/table inet backup/' | nft -f -",
    ],
  ] as const) {
    it(`in ${what} are removed while connections run through them, and those go on`, async () => {
      await serve(host);
      const first = await open(what === 'iptables-nft' ? 'iptc' : 'nft');
      await first.publish(WEB);
      const flow = await host.open({ protocol: 'tcp', address: '127.0.0.1', port: WEB.port });
      await shell(copying);
      await shell(
        'nft delete table inet portshift 2>/dev/null || true; for t in nat mangle; do iptables-legacy -t $t -F; iptables-legacy -t $t -X; ip6tables-legacy -t $t -F; ip6tables-legacy -t $t -X; done',
      );
      const firewall = await open('nft');
      await firewall.clearCopies();
      assert.deepEqual(await firewall.copies(), []);
      assert.equal((await flow.echo()).state, 'open');
      assert.deepEqual(
        (await probe(host)).map(({ web }) => web),
        ['refused', 'refused'],
      );
      await flow.close();
      await shell('conntrack -F 2>/dev/null || true');
      await firewall.clearCopies();
      assert.doesNotMatch(await shell('nft list ruleset'), /portshift|backup/);
    });
  }
});
