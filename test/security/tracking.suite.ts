import assert from 'node:assert/strict';
import type { BackendName } from '../../lib';
import { FAMILIES, OUTSIDE_ADDRESSES, SERVER_ADDRESSES } from '../support/hosts';
import { ACK, FIN, type Packet, RST, SYN } from './attacker';
import { LOOPBACK, PUBLISHED, Stage, TARGETS } from './stage';

const PUBLIC = PUBLISHED.map(({ port }) => port);

/** What connection tracking takes packets for is no way in. */
export function trackingSuite(backend: BackendName): void {
  describe(`Connection tracking and a closed port on ${backend}`, () => {
    let stage: Stage;

    before(async () => {
      stage = await Stage.create(backend);
    });

    after(() => stage?.remove());

    beforeEach(() => stage.remember());

    it('opens to no packet that other rules keep from connection tracking', async () => {
      const { namespace } = stage.hosts.server;
      const untrack = async (operation: '-A' | '-D') => {
        for (const iptables of ['iptables-legacy', 'ip6tables-legacy']) {
          await namespace.exec(iptables, [
            '-w',
            '-t',
            'raw',
            operation,
            'PREROUTING',
            '-i',
            'eth0',
            '-j',
            'CT',
            '--notrack',
          ]);
        }
      };
      const packets = (port: number) =>
        FAMILIES.flatMap((family) => [
          stage.from(family, { port }),
          stage.from(family, { protocol: 'udp', port, data: 'untracked' }),
        ]);
      await stage.hosts.server.serve({ kind: 'tcp', id: 'open', port: 9001 });
      await untrack('-A');
      await stage.expect(stage.outside, TARGETS.flatMap(packets), false);
      await stage.assertUnseen();
      await stage.expect(stage.outside, [stage.from('ipv4', { port: 9001 })], true);
      await untrack('-D');
    });

    it('opens to no SYN after packets that connection tracking has picked up as a connection', async () => {
      const openers = [ACK, FIN | ACK, RST | ACK, SYN | ACK, FIN, 0].map(
        (flags) => (port: number) =>
          FAMILIES.map((family) => stage.from(family, { port, flags, seq: 999, ack: 5, data: 'x' })),
      );
      const first = TARGETS.flatMap((port) => openers.flatMap((packets) => packets(port)));
      await stage.outside.send(first);
      const second = first.map(({ data: _, ...packet }) => ({ ...packet, flags: SYN, seq: 1000 }));
      await stage.expect(stage.outside, second, false);
      await stage.expect(
        stage.outside,
        second.map((packet) => ({ ...packet, flags: ACK, seq: 1001, data: 'x\n' })),
        false,
      );
      await stage.assertUnseen();
    });

    /** 2: the server's answer to every SYN is a cookie, which is all that it remembers of it (tcp(7)). */
    const useCookies = (setting: 1 | 2) =>
      stage.hosts.server.namespace.exec('sh', ['-ec', `echo ${setting} > /proc/sys/net/ipv4/tcp_syncookies`]);

    for (const [title, setting] of [
      ['as it is remembered', 1],
      ['as SYN cookies tell', 2],
    ] as const) {
      it(`opens to no port of a connection that came in by the public port, ${title}`, async () => {
        await useCookies(setting);
        const syns = FAMILIES.flatMap((family) => PUBLIC.map((port) => stage.from(family, { port })));
        const answers = await stage.outside.send(syns);
        const public_ = syns.map((syn, index): Packet => {
          const seq = answers[index]?.[0]?.seq;
          assert.ok(seq !== undefined, JSON.stringify(syn));
          return { ...syn, flags: ACK, seq: 1001, ack: seq + 1 };
        });
        // The handshake ends, and a line comes, at the port that the server really has.
        const direct = public_.map((packet) => ({ ...packet, port: packet.port - 2 }));
        await stage.expect(stage.outside, direct, false);
        await stage.expect(
          stage.outside,
          direct.map((packet) => ({ ...packet, data: 'a line\n' })),
          false,
        );
        await stage.expect(
          stage.outside,
          direct.map((packet) => ({ ...packet, flags: SYN, seq: 1000, ack: 0 })),
          false,
        );
        await stage.assertUnseen();
        await stage.expect(stage.outside, public_, true);
        await useCookies(1);
        const taken = await stage.hosts.server.namespace.exec('nstat', ['-asz', 'TcpExtSyncookiesRecv']);
        const count = Number(/SyncookiesRecv\s+(\d+)/.exec(taken.stdout)?.[1]);
        assert.equal(count, setting === 2 ? public_.length : 0);
      });
    }

    it('opens to what another program translates, from everywhere, and to nothing beside it', async () => {
      const { namespace } = stage.hosts.server;
      const kept = PUBLISHED.filter(({ options }) => options.established !== 'drop');
      const chains = [
        ['prerouting', ''],
        ['output', 'oifname lo '],
      ].map(
        ([hook, test]) =>
          `chain ${hook} { type nat hook ${hook} priority -110; ${test}meta l4proto tcp redirect to :tcp dport map @theirs; }`,
      );
      const elements = kept.map(({ targetPort }) => `${targetPort - 1000} : ${targetPort}`).join(', ');
      const map = `map theirs { type inet_service : inet_service; elements = { ${elements} } }`;
      await namespace.exec('nft', ['-f', '-'], { input: `table inet theirs { ${map}\n${chains.join('\n')}\n}` });
      const led = FAMILIES.flatMap((family) =>
        kept.map(({ targetPort }) => stage.from(family, { port: targetPort - 1000 })),
      );
      await stage.expect(stage.outside, led, true);
      const own = kept.flatMap(({ targetPort }) =>
        FAMILIES.map((family) =>
          stage.from(family, { port: targetPort - 1000, source: LOOPBACK[family], destination: LOOPBACK[family] }),
        ),
      );
      await stage.expect(stage.inside, own, true);
      await stage.remember();
      const direct = FAMILIES.flatMap((family) => TARGETS.map((port) => stage.from(family, { port })));
      await stage.expect(stage.outside, direct, false);
      await stage.assertUnseen();
      await namespace.exec('nft', ['delete', 'table', 'inet', 'theirs']);
    });

    it('opens to nobody whose earlier connection looks as if this host had made it', async () => {
      const kept = PUBLISHED.filter(({ options }) => options.established !== 'drop');
      await stage.firewall.clear();
      const syns = FAMILIES.flatMap((family) => kept.map(({ targetPort: port }) => stage.from(family, { port })));
      const answers = await stage.outside.send(syns, 0.1);
      const connected = syns.map((syn, index) => ({ ...syn, seq: 1001, ack: (answers[index]?.[0]?.seq ?? 0) + 1 }));
      await stage.outside.send(
        connected.map((packet) => ({ ...packet, flags: ACK })),
        0.1,
      );
      await stage.publishAll();
      // As if tracking began only now, which it does where no other rule has needed it.
      await stage.hosts.server.namespace.exec('conntrack', ['-F']);
      // The server's greeting was never acknowledged: it is sent again, and so the server is the first to be seen.
      await stage.outside.send([], 1.5);
      for (const flags of [ACK, RST | ACK]) {
        await stage.outside.send(
          connected.map((packet) => ({ ...packet, flags })),
          0.1,
        );
      }
      for (const family of FAMILIES) {
        const arguments_ = [
          '-L',
          '-f',
          family,
          '-p',
          'tcp',
          '--orig-src',
          SERVER_ADDRESSES[family][0],
          '--state',
          'CLOSE',
        ];
        const { stdout } = await stage.hosts.server.namespace.exec('conntrack', arguments_);
        for (const { port, sourcePort } of syns.filter(({ source }) => source === OUTSIDE_ADDRESSES[family][0])) {
          assert.match(stdout, new RegExp(`CLOSE src=\\S+ dst=\\S+ sport=${port} dport=${sourcePort} `));
        }
      }
      await stage.remember();
      await stage.expect(stage.outside, syns, false);
      await stage.assertUnseen();
    });
  });
}
