import assert from 'node:assert/strict';
import { once } from 'node:events';
import { loadAddon } from '../../lib/backends/addon';
import type { ConnectionFilter, ConnectionSession } from '../../lib/backends/connections';
import { trackedConnections } from '../support/connections';
import { Namespace } from '../support/namespace';

interface Session extends ConnectionSession {
  close(): Promise<void>;
}

interface Addon {
  open(options: { readonly namespace: string }): Promise<Session>;
}

const OWN = ['192.0.2.1', '2001:db8::1'] as const;
const OTHERS = ['192.0.2.7', '2001:db8::7'] as const;
const CLIENTS = ['192.0.2.9', '2001:db8::9'] as const;

const ended = (count: number) => ({ ended: count, waiting: 0 });

const UDP = { protocol: 'udp', translated: true } as const;
const TO_8443 = { ...UDP, ports: [[8445, 8445]], targetPort: 8443 } as const;

interface Case {
  readonly title: string;
  readonly filter: ConnectionFilter;
  /** The same in the words of conntrack(8). */
  readonly options: readonly string[];
  /** Which of its lines. Default: those to own addresses. */
  readonly only?: RegExp;
}

const TO_OWN = / ?dst=(192\.0\.2\.1|2001:db8::1|127\.0\.0\.1|::1) sport=\d+ dport=\d+ src=/;

const CASES: readonly Case[] = [
  {
    title: 'a port and a target',
    filter: TO_8443,
    options: ['--dst-nat', '--orig-port-dst', '8445', '--reply-port-src', '8443'],
  },
  { title: 'a target', filter: { ...UDP, targetPort: 8443 }, options: ['--dst-nat', '--reply-port-src', '8443'] },
  {
    title: 'a target, and any port but one',
    filter: { ...UDP, targetPort: 8443, exceptPorts: [[8445, 8445]] },
    options: ['--dst-nat', '--reply-port-src', '8443'],
    only: /dst=(192\.0\.2\.1|2001:db8::1|127\.0\.0\.1|::1) sport=\d+ dport=(?!8445)\d+ src=/,
  },
  {
    title: 'a range of ports',
    filter: { ...UDP, ports: [[8445, 8446]] },
    options: ['--dst-nat'],
    only: /dst=(192\.0\.2\.1|2001:db8::1|127\.0\.0\.1|::1) sport=\d+ dport=844[56] src=/,
  },
  {
    title: 'IPv6 alone',
    filter: { ...TO_8443, family: 'ipv6' },
    options: ['--dst-nat', '--orig-port-dst', '8445', '--reply-port-src', '8443'],
    only: /dst=(2001:db8::1|::1) /,
  },
  {
    title: 'an address, and loopback with it',
    filter: { ...TO_8443, destination: OWN[0] },
    options: ['--dst-nat', '--orig-port-dst', '8445', '--reply-port-src', '8443'],
    only: / dst=(192\.0\.2\.1|127\.0\.0\.1|::1) sport=\d+ dport=\d+ src=/,
  },
  {
    title: 'direct ones',
    filter: { protocol: 'udp', translated: false, ports: [[8443, 8443]] },
    options: ['--orig-port-dst', '8443'],
  },
  {
    title: "direct ones, the host's own spared",
    filter: { protocol: 'udp', translated: false, ports: [[8443, 8443]], from: 'outside' },
    options: ['--orig-port-dst', '8443'],
    only: /^udp src=(192\.0\.2\.9|2001:db8::9) dst=(192\.0\.2\.1|2001:db8::1) /,
  },
];

for (const name of ['iptc', 'nft'] as const) {
  describe(`native: connections through ${name}.node`, () => {
    let namespace: Namespace;
    let session: Session;

    /** Flows to own addresses, to others' and on loopback; direct ones and translated ones, to two targets. */
    const flows = (protocol: string): string[] => {
      const lines: string[] = [];
      const add = (source: string, destination: string, port: number, target?: number) => {
        const bracket = destination.includes(':') ? `[${destination}]` : destination;
        lines.push(
          `-I -p ${protocol} -t 600 -s ${source} -d ${destination} --sport ${30_000 + lines.length} --dport ${port}${
            target === undefined ? '' : ` --dst-nat ${bracket}:${target}`
          }${protocol === 'tcp' ? ' --state ESTABLISHED' : ''}`,
        );
      };
      for (const family of [0, 1] as const) {
        for (const server of [OWN[family], OTHERS[family]]) {
          for (const [port, target] of [[8445, 8443], [8445, 9443], [8446, 8443], [8443], [9443]] as const) {
            add(CLIENTS[family], server, port, target);
            add(CLIENTS[family], server, port, target);
          }
        }
        const loopback = family === 0 ? '127.0.0.1' : '::1';
        add(loopback, loopback, 8445, 8443);
        add(loopback, loopback, 8443);
        add(OWN[family], OWN[family], 8443);
        add(OWN[family], OTHERS[family], 8443);
      }
      return lines;
    };

    before(async () => {
      namespace = await Namespace.create();
      await namespace.exec('ip', ['address', 'add', `${OWN[0]}/32`, 'dev', 'lo']);
      await namespace.exec('ip', ['address', 'add', `${OWN[1]}/128`, 'dev', 'lo', 'nodad']);
      session = await loadAddon<Addon>(name).open({ namespace: namespace.path });
    });

    beforeEach(async () => {
      await namespace.exec('conntrack', ['-F']);
      const input = ['udp', 'tcp'].flatMap(flows).map((line) => `${line}\n`);
      await namespace.exec('sh', ['-c', 'cat | conntrack --load-file -'], { input: input.join('') });
    });

    after(async () => {
      await session.close();
      await namespace.remove();
    });

    const all = () => trackedConnections(namespace, []);

    for (const { title, filter, options, only = TO_OWN } of CASES) {
      it(`counts and forgets exactly those that conntrack lists by ${title}`, async () => {
        const everything = await all();
        const expected = (await trackedConnections(namespace, ['-p', 'udp', ...options])).filter((line) =>
          only.test(line),
        );
        assert.ok(expected.length > 0 && expected.length < everything.length / 2);
        assert.equal(await session.watchConnections([filter])(), expected.length);
        assert.deepEqual(await session.cutConnections([filter]), ended(expected.length));
        assert.deepEqual(
          await all(),
          everything.filter((line) => !expected.includes(line)),
        );
      });
    }

    it('counts what matches any of several filters once', async () => {
      const count = session.watchConnections([TO_8443, { ...UDP, targetPort: 8443 }]);
      assert.equal(await count(), await session.watchConnections([{ ...UDP, targetPort: 8443 }])());
      assert.equal(await session.watchConnections([])(), 0);
    });

    it('counts those that are left, and looks for others when there are none', async () => {
      const count = session.watchConnections([TO_8443]);
      const total = await count();
      const one = ['-D', '-p', 'udp', '--orig-port-dst', '8445', '--reply-port-src', '8443', '-s', '127.0.0.1'];
      await namespace.exec('conntrack', one);
      assert.equal(await count(), total - 1);
      await namespace.exec('conntrack', ['-F']);
      assert.equal(await count(), 0);
      const [line] = flows('udp');
      await namespace.exec('conntrack', (line ?? '').split(' '));
      assert.equal(await count(), 1);
    });

    it('counts no TCP connection that both sides are done with', async () => {
      const filter = { ...TO_8443, protocol: 'tcp' } as const;
      const count = session.watchConnections([filter]);
      const total = await count();
      for (const state of ['TIME_WAIT', 'CLOSE']) {
        const which = ['-p', 'tcp', '--orig-port-dst', '8445', '--reply-port-src', '8443', '-s', '127.0.0.1'];
        await namespace.exec('conntrack', ['-U', ...which, '--state', state]);
        assert.equal(await count(), total - 1);
        assert.equal(await session.watchConnections([filter])(), total - 1);
      }
    });

    it('ends no TCP entry that has no socket here', async () => {
      const before = await all();
      const filter = { protocol: 'tcp', translated: false, ports: [[8443, 8443]] } as const;
      assert.deepEqual(await session.cutConnections([filter]), ended(0));
      assert.deepEqual(await all(), before);
    });

    it('reads a table of more connections than one message holds', async () => {
      const lines = Array.from(
        { length: 5_000 },
        (_, index) =>
          `-I -p udp -t 600 -s ${CLIENTS[0]} -d ${OWN[0]} --sport ${1024 + index} --dport 7000 --dst-nat ${OWN[0]}:7001\n`,
      );
      await namespace.exec('sh', ['-c', 'cat | conntrack --load-file -'], { input: lines.join('') });
      const filter = { ...UDP, ports: [[7000, 7000]] } as const;
      assert.equal(await session.watchConnections([filter])(), 5_000);
      assert.deepEqual(await session.cutConnections([filter]), ended(5_000));
    });

    it('ends what it is at before it closes, and is closed then', async () => {
      const other = await loadAddon<Addon>(name).open({ namespace: namespace.path });
      const count = other.watchConnections([TO_8443]);
      const counting = Promise.all(Array.from({ length: 20 }, count));
      const closing = other.close();
      assert.equal(new Set(await counting).size, 1);
      await closing;
      await assert.rejects(count(), { kind: 'closed' });
      await other.close();
    });

    it('says what is wrong with a filter', () => {
      const wrong: [unknown, RegExp][] = [
        [{ protocol: 'sctp', translated: true }, /filters\[0\]\.protocol: expected 'tcp' or 'udp'/],
        [{ protocol: 'udp' }, /filters\[0\]\.translated: expected true or false/],
        [{ ...UDP, ports: [[1]] }, /filters\[0\]\.ports\[0\]: expected the first and the last port/],
        [{ ...UDP, ports: [[1, 65536]] }, /filters\[0\]\.ports\[0\]\[1\]: expected an integer from 0 to 65535/],
        [{ ...UDP, destination: 'here' }, /filters\[0\]\.destination: expected an IPv4 or IPv6 address/],
        [{ ...UDP, from: 'here' }, /filters\[0\]\.from: expected 'outside' or 'host'/],
        [{ ...UDP, family: 'ipx' }, /filters\[0\]\.family: expected 'ipv4' or 'ipv6'/],
      ];
      for (const [filter, message] of wrong) {
        assert.throws(() => session.cutConnections([filter as ConnectionFilter]), message);
      }
      assert.throws(() => session.watchConnections([UDP, { ...UDP, protocol: 'tcp' }]), /for one protocol/);
    });

    it('is denied to a process without the privilege', async () => {
      const program = `
        const { loadAddon } = require('./lib/backends/addon');
        loadAddon('${name}').open({})
          .then((session) => session.cutConnections([{ protocol: 'udp', translated: true }]).finally(() => session.close()))
          .catch((error) => console.log(error.kind, error.errnoName));`;
      // Root without it, as a user namespace has no other user.
      const without = ['--bounding-set', '-net_admin', '--', process.execPath];
      const child = namespace.spawn('setpriv', [...without, '--require', 'tsx/cjs', '--eval', program]);
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
      await once(child, 'close');
      // Through nft.node, opening asks the kernel for rules already.
      assert.equal(output, name === 'nft' ? 'open EPERM\n' : 'connections EPERM\n');
    });
  });
}
