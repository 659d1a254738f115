import assert from 'node:assert/strict';
import type { BackendName } from '../../lib';
import { FAMILIES, type Family, SECOND_ADDRESSES, SECONDARY_ADDRESSES, SERVER_ADDRESSES } from '../support/hosts';
import { ACK, FIN, type Packet, type Reply, RST, SYN } from './attacker';
import { LOOPBACK, PROTOCOLS, PUBLISHED, Stage, TARGETS } from './stage';

const PUBLIC = PUBLISHED.map(({ port }) => port);
const EVERY_FLAG = Array.from({ length: 256 }, (_, flags) => flags);
const DEFAULT_MARK = 0x1000;

/** What opens nothing may be left to TCP, which answers by a reset or not at all (RFC 9293, 3.10.7.2). */
function assertSilence({ port, flags = 0, source }: Packet, replies: readonly Reply[]): void {
  const { established, deny } = PUBLISHED.find(({ targetPort }) => targetPort === port)?.options ?? {};
  const opens = (flags & (SYN | ACK | RST | FIN)) === SYN;
  const denied = established === 'drop' || opens;
  const where = `${source} to ${port}, flags ${flags}: ${JSON.stringify(replies)}`;
  assert.ok(
    replies.every((reply) => ((reply.flags ?? 0) & (SYN | RST)) === RST),
    where,
  );
  if (denied) assert.equal(replies.length > 0, deny === 'reject' && (flags & RST) === 0, where);
}

/** Packets by which somebody might get through to a closed port, or past it. */
export function packetsSuite(backend: BackendName): void {
  describe(`A closed port on ${backend}`, () => {
    let stage: Stage;

    before(async () => {
      stage = await Stage.create(backend);
    });

    after(() => stage?.remove());

    beforeEach(() => stage.remember());

    /** The packets to each closed port get nothing from the server; the same to its public port do. */
    async function assertClosed(
      packetsTo: (port: number) => readonly Packet[],
      attacker = stage.outside,
    ): Promise<void> {
      await stage.expect(attacker, TARGETS.flatMap(packetsTo), false);
      await stage.assertUnseen();
      await stage.expect(attacker, PUBLIC.flatMap(packetsTo), true);
    }

    it('opens to no combination of TCP flags, and says no more than its options allow', async () => {
      for (const family of FAMILIES) {
        const packets = TARGETS.flatMap((port) =>
          EVERY_FLAG.map((flags) => stage.from(family, { port, flags, ack: 5 })),
        );
        const replies = await stage.outside.send(packets);
        for (const [index, packet] of packets.entries()) assertSilence(packet, replies[index] ?? []);
        const controls = PUBLIC.map((port) => stage.from(family, { port }));
        await stage.expect(stage.outside, controls, true);
      }
      await stage.assertUnseen();
    });

    it('opens in fragments neither whole nor with a public port in front', async () => {
      // IPv6 takes a first fragment only with the whole TCP header (RFC 7112).
      const smallest = { ipv4: 8, ipv6: 24 };
      const fragments = (port: number) =>
        FAMILIES.flatMap((family) =>
          PROTOCOLS.flatMap((protocol) =>
            [false, true].map((reversed) =>
              stage.from(family, {
                protocol,
                port,
                data: 'a packet in fragments',
                fragment: smallest[family],
                reversed,
              }),
            ),
          ),
        );
      await assertClosed(fragments);
      const decoys = (port: number) =>
        fragments(port).map((packet, index) => ({ ...packet, decoy: PUBLIC[index % PUBLIC.length] ?? 0 }));
      await stage.expect(stage.outside, TARGETS.flatMap(decoys), false);
    });

    it('opens behind no extension header of IPv6', async () => {
      await assertClosed((port) =>
        PROTOCOLS.flatMap((protocol) => [
          stage.from('ipv6', { protocol, port, headers: ['hop-by-hop'] }),
          stage.from('ipv6', { protocol, port, headers: ['destination', 'hop-by-hop'] }),
          stage.from('ipv6', { protocol, port, headers: ['destination'], fragment: 32 }),
        ]).map((packet) => ({ ...packet, data: packet.protocol === 'udp' ? 'a datagram' : '' })),
      );
    });

    it('opens from no source port, on no address of the host', async () => {
      const addresses = (family: Family) => [
        ...SERVER_ADDRESSES[family],
        SECONDARY_ADDRESSES[family],
        SECOND_ADDRESSES[family],
      ];
      const sources = [1, 20, 22, 53, 80, 443, 65535, ...PUBLIC, ...TARGETS];
      await assertClosed((port) =>
        FAMILIES.flatMap((family) => [
          ...sources.map((sourcePort) => stage.from(family, { port, sourcePort })),
          ...addresses(family).map((destination) => stage.from(family, { port, destination })),
        ]),
      );
    });

    it('opens to no broadcast or multicast datagram', async () => {
      const everybody = { ipv4: ['255.255.255.255', '10.77.0.255', '224.0.0.1'], ipv6: ['ff02::1'] };
      const packets = (port: number) =>
        FAMILIES.flatMap((family) =>
          everybody[family].flatMap((destination) =>
            [true, false].map((broadcast) =>
              stage.from(family, { protocol: 'udp', port, destination, broadcast, data: 'is anybody there' }),
            ),
          ),
        );
      await stage.hosts.server.serve({ kind: 'udp', id: 'other', port: 9000 });
      await stage.expect(stage.outside, TARGETS.flatMap(packets), false);
      await stage.assertUnseen();
      // A server on every IPv6 address is no member of the IPv4 group.
      const heard = packets(9000).filter(({ destination }) => destination !== '224.0.0.1');
      await stage.expect(stage.outside, heard, true);
    });

    it('opens to nobody outside who pretends to be on the host', async () => {
      const { namespace } = stage.hosts.server;
      const names = ['conf/all/route_localnet', 'conf/all/accept_local', 'conf/all/rp_filter', 'conf/eth0/rp_filter'];
      const set = (values: readonly number[]) =>
        namespace.exec('sh', [
          '-ec',
          names.map((name, i) => `echo ${values[i]} > /proc/sys/net/ipv4/${name}`).join('\n'),
        ]);
      await set([1, 1, 0, 0]);
      const pretending = (port: number) =>
        PROTOCOLS.flatMap((protocol) =>
          FAMILIES.flatMap((family) => [
            stage.from(family, { protocol, port, destination: LOOPBACK[family], data: 'x' }),
            stage.from(family, { protocol, port, source: LOOPBACK[family], data: 'x' }),
            stage.from(family, { protocol, port, source: SERVER_ADDRESSES[family][0], data: 'x' }),
          ]),
        ).map((packet) => (packet.protocol === 'tcp' ? { ...packet, data: '' } : packet));
      await stage.outside.send(TARGETS.flatMap(pretending));
      await stage.assertUnseen();
      // With these settings, a neighbour does get to 127.0.0.1.
      await stage.outside.send(PUBLIC.flatMap(pretending));
      const unchanged = await stage.unseen();
      for (const port of TARGETS) assert.ok(!unchanged.includes(`udp ${port}`));
      await set([0, 0, 0, 0]);
    });

    it('opens to no mark that a process of the host gives its packets', async () => {
      const marks = [0, 1, DEFAULT_MARK, 0xffff_ffff, 0xffff_efff];
      const closed = PUBLISHED.filter(({ options }) => options.direct !== 'local');
      const marked = (port: number) =>
        FAMILIES.flatMap((family) =>
          [LOOPBACK[family], SERVER_ADDRESSES[family][0]].flatMap((own) =>
            marks.map((mark) => stage.from(family, { port, source: own, destination: own, mark })),
          ),
        );
      await stage.expect(
        stage.inside,
        closed.flatMap(({ targetPort }) => marked(targetPort)),
        false,
      );
      await stage.assertUnseen();
      // The bit that denies is theirs to set for themselves.
      const harmless = closed.flatMap(({ port }) => marked(port)).filter(({ mark = 0 }) => (mark & DEFAULT_MARK) === 0);
      await stage.expect(stage.inside, harmless, true);
    });
  });
}
