import assert from 'node:assert/strict';
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

const PORT = 514;
const UNANSWERED: ConnectionFilter = {
  protocol: 'udp',
  translated: false,
  unanswered: true,
  ports: [[PORT, PORT]],
};

const OWN = ['192.0.2.1', '2001:db8::1'] as const;
const CLIENTS = ['192.0.2.9', '2001:db8::9'] as const;
const ROUTER = [
  'link add eth0 type veth peer name eth1',
  'link set eth0 addrgenmode none',
  'link set eth0 up',
  'link set eth1 up',
  `addr add ${OWN[0]}/24 dev eth0`,
  `addr add ${OWN[1]}/64 dev eth0 nodad`,
  'addr add fe80::1/64 dev eth0 nodad',
  // Other hosts, behind this one.
  'route add 198.51.100.0/24 via 192.0.2.8',
  'route add 2001:db8:2::/64 via 2001:db8::8',
];
/** Addresses that are this host's for what comes in on eth0 alone, or for everybody, in tables of their own. */
const POLICY = [
  'rule add iif eth0 to 203.0.113.0/24 lookup 100',
  'route add local 203.0.113.0/24 dev lo table 100',
  '-6 rule add iif eth0 to 2001:db8:1::/64 lookup 100',
  '-6 route add local 2001:db8:1::/64 dev lo table 100',
  'rule add to 100.64.0.0/24 lookup 101',
  'route add local 100.64.0.0/24 dev lo table 101',
];

for (const name of ['iptc', 'nft'] as const) {
  describe(`native: unanswered flows through ${name}.node`, () => {
    let namespace: Namespace;
    let session: Session;

    before(async () => {
      namespace = await Namespace.create();
      await namespace.exec('sh', ['-c', 'cd /proc/sys/net; echo 1 | tee ipv4/ip_forward > ipv6/conf/all/forwarding']);
      for (const line of ROUTER) await namespace.exec('ip', line.split(' '));
      session = await loadAddon<Addon>(name).open({ namespace: namespace.path });
    });

    after(async () => {
      await session.close();
      await namespace.remove();
    });

    beforeEach(() => namespace.exec('conntrack', ['-F']));

    const clientOf = (destination: string): string => (destination.includes(':') ? CLIENTS[1] : CLIENTS[0]);

    /** The kernel's entry of a client that has sent. */
    const sent = (
      destination: string,
      { source = clientOf(destination), port = PORT, options = [] as string[] } = {},
    ) =>
      namespace.exec('conntrack', [
        ...['-I', '-p', 'udp', '-t', '600', '-s', source, '-d', destination],
        ...['--sport', '40000', '--dport', String(port), ...options],
      ]);

    const forget = async (filter: ConnectionFilter = UNANSWERED) => (await session.cutConnections([filter])).ended;

    const isForgotten = async (destination: string, options: Parameters<typeof sent>[1] = {}, filter = UNANSWERED) => {
      await sent(destination, options);
      const count = await forget(filter);
      const left = await trackedConnections(namespace, []);
      assert.equal(count + left.length, 1, `${destination}: ${count} forgotten, ${left.length} left`);
      await namespace.exec('conntrack', ['-F']);
      return count === 1;
    };

    for (const destination of [
      ...OWN,
      ...['127.0.0.1', '::1', '127.9.9.9', 'fe80::1'],
      ...['192.0.2.255', '255.255.255.255', '224.0.0.251', 'ff02::fb', '2001:db8::'],
    ]) {
      it(`to ${destination} are forgotten`, async () => assert.equal(await isForgotten(destination), true));
    }

    for (const destination of [
      '198.51.100.7',
      '2001:db8:2::7',
      '192.0.2.8',
      '203.0.113.7',
      '2001:db8:1::7',
      '8.8.8.8',
    ]) {
      it(`to ${destination}, which is another host, stay`, async () =>
        assert.equal(await isForgotten(destination), false));
    }

    for (const group of ['192.0.2.255', '255.255.255.255', '224.0.0.251', 'ff02::fb']) {
      it(`that the host itself sends to ${group} stay`, async () => {
        const source = group.includes(':') ? OWN[1] : OWN[0];
        assert.equal(await isForgotten(group, { source }), false);
      });
    }

    it('stay where they were answered, or translated, or ask for another port', async () => {
      assert.equal(await isForgotten(OWN[0], { options: ['--status', 'SEEN_REPLY'] }), false);
      assert.equal(await isForgotten(OWN[0], { options: ['--dst-nat', `${OWN[0]}:5353`] }), false);
      assert.equal(await isForgotten(OWN[0], { port: PORT + 1 }), false);
    });

    it('are told apart by where they come from', async () => {
      for (const [from, source] of [
        ['outside', CLIENTS[0]],
        ['host', OWN[0]],
      ] as const) {
        for (const wanted of ['outside', 'host'] as const) {
          assert.equal(await isForgotten(OWN[0], { source }, { ...UNANSWERED, from: wanted }), wanted === from);
        }
      }
    });

    it('are told apart by family and address', async () => {
      assert.equal(await isForgotten(OWN[0], {}, { ...UNANSWERED, family: 'ipv6' }), false);
      assert.equal(await isForgotten(OWN[1], {}, { ...UNANSWERED, family: 'ipv6' }), true);
      assert.equal(await isForgotten(OWN[0], {}, { ...UNANSWERED, destination: OWN[0] }), true);
      assert.equal(await isForgotten('192.0.2.255', {}, { ...UNANSWERED, destination: OWN[0] }), false);
      // An address that another host has taken over.
      assert.equal(await isForgotten('198.51.100.7', {}, { ...UNANSWERED, destination: '198.51.100.7' }), false);
    });

    it('are forgotten in whichever zone they are', async () => {
      await sent(OWN[0], { options: ['--zone', '7'] });
      await sent(OWN[0], { source: '192.0.2.10', options: ['--orig-zone', '8'] });
      await sent(OWN[0], { source: '192.0.2.11' });
      assert.equal(await forget(), 3);
      assert.deepEqual(await trackedConnections(namespace, []), []);
    });

    it('are forgotten for many ports and addresses at once, and no others', async () => {
      const filters = Array.from({ length: 200 }, (_, index) => ({
        ...UNANSWERED,
        ports: [[1000 + index, 1000 + index]] as const,
        ...(index % 2 === 0 && { destination: OWN[0] }),
      }));
      const lines = Array.from(
        { length: 400 },
        (_, index) => `-I -p udp -t 600 -s ${CLIENTS[0]} -d ${OWN[0]} --sport 40000 --dport ${1000 + index}\n`,
      );
      await namespace.exec('sh', ['-c', 'cat | conntrack --load-file -'], { input: lines.join('') });
      assert.equal((await session.cutConnections(filters)).ended, 200);
      assert.equal((await trackedConnections(namespace, [])).length, 200);
    });

    it('are none in an empty table, nor without a filter', async () => {
      assert.equal(await forget(), 0);
      await sent(OWN[0]);
      assert.equal((await session.cutConnections([])).ended, 0);
    });

    describe('where a routing policy makes addresses local', () => {
      before(async () => {
        for (const line of POLICY) await namespace.exec('ip', line.split(' '));
      });

      for (const destination of ['203.0.113.7', '2001:db8:1::7', '100.64.0.7']) {
        it(`to ${destination} are forgotten`, async () => assert.equal(await isForgotten(destination), true));
      }

      for (const destination of ['198.51.100.7', '2001:db8:2::7', '192.0.2.8']) {
        it(`to ${destination}, which is another host, stay`, async () =>
          assert.equal(await isForgotten(destination), false));
      }
    });
  });
}
