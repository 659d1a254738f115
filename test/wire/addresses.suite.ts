import assert from 'node:assert/strict';
import { type BackendName, type Firewall, openFirewall } from '../../lib';
import type { Outcome } from '../support/agent/protocol';
import { ANYCAST_ADDRESS, FAMILIES, Hosts, SERVER_ADDRESSES } from '../support/hosts';
import { until } from '../support/until';

const PORT = 8445;
const TARGET = 8443;
const PATIENCE_MS = 5_000;
const SILENCE_MS = 400;
const IP = { ipv4: ['ip'], ipv6: ['ip', '-6'] } as const;
const IPTABLES = { ipv4: 'iptables-legacy', ipv6: 'ip6tables-legacy' } as const;
const PLAIN = ['-w', '-t', 'nat', '-A', 'PREROUTING'];
const TO_TARGET = ['--dport', String(PORT), '-j', 'REDIRECT', '--to-ports', String(TARGET)];
/** Addresses that nobody has at first. */
const NEW = { ipv4: '10.77.0.50', ipv6: 'fd77::50' } as const;
const MOVING = { ipv4: '10.79.0.70', ipv6: 'fd79::70' } as const;
/** Not of any interface, but of a routing table of one's own. */
const POLICY = { ipv4: '203.0.113.7', ipv6: '2001:db8:7::7' } as const;
const OTHER_SUBNET = { ipv4: '192.0.2.1', ipv6: '2001:db8:2::1' } as const;
const OTHER_CLIENT = { ipv4: '192.0.2.9', ipv6: '2001:db8:2::9' } as const;
const PREFIX = { ipv4: 24, ipv6: 64 } as const;
const ALONE = { ipv4: 32, ipv6: 128 } as const;
const ANY = { ipv4: '0.0.0.0', ipv6: '::' } as const;

function word(outcome: Outcome | undefined): string {
  return outcome?.state === 'open' ? outcome.server : String(outcome?.state);
}

/** Addresses of the host that are not simply an interface's first one: which of them are public, and that all are closed. */
export function addressesSuite(backend: BackendName): void {
  for (const protocol of ['tcp', 'udp'] as const) {
    for (const family of FAMILIES) {
      describe(`A published ${protocol} port over ${family} on ${backend}`, () => {
        let hosts: Hosts;
        let firewall: Firewall;

        before(async () => {
          hosts = await Hosts.create({ third: true });
          await hosts.server.serve({ kind: protocol, id: 'blue', port: TARGET });
          firewall = await openFirewall({ backend, namespace: hosts.path });
        });

        afterEach(() => firewall.clear());

        after(async () => {
          await firewall.close();
          await hosts.remove();
        });

        const ip = (host: 'server' | 'outside' | 'third', command: string) =>
          hosts[host]?.namespace.exec(IP[family][0], [...IP[family].slice(1), ...command.split(' ')]);

        const address = (host: 'server' | 'outside' | 'third', change: 'add' | 'del', own: string, device: string) =>
          ip(host, `addr ${change} ${own} dev ${device}${change === 'add' && family === 'ipv6' ? ' nodad' : ''}`);

        const probe = async (from: 'server' | 'outside', to: string, port: number, timeout = PATIENCE_MS) =>
          word((await hosts[from].probe([{ protocol, address: to, port, timeout }]))[0]);

        /** What clients get at the public and at the closed port. */
        const both = async (to: string, from: 'server' | 'outside' = 'outside') => [
          await probe(from, to, PORT),
          await probe(from, to, TARGET, SILENCE_MS),
        ];

        it('is there at addresses that come later, where the target port is closed', async () => {
          await firewall.publish({ protocol, port: PORT, targetPort: TARGET });
          await address('server', 'add', `${NEW[family]}/${PREFIX[family]}`, 'eth0');
          assert.deepEqual(await both(NEW[family]), ['blue', 'timeout']);
          await address('server', 'del', `${NEW[family]}/${PREFIX[family]}`, 'eth0');
        });

        it('is at its destination while the host has that address, and not in the way while another one has', async () => {
          const moving = MOVING[family];
          const own = `${moving}/${ALONE[family]}`;
          await address('third', 'add', own, 'eth0');
          for (const port of [PORT, TARGET]) {
            await hosts.third?.serve({ kind: protocol, id: `third ${port}`, port, address: moving });
          }
          /** The kernel makes an IPv6 address a local one a moment after the command; a packet in between is routed on. */
          const settled = (host: 'server' | 'third', isLocal: boolean) =>
            until(`${moving} ${isLocal ? 'here' : 'gone'}`, async () => {
              const route = await ip(host, `route get ${moving}`);
              return route?.stdout.startsWith('local') === isLocal;
            });
          await firewall.publish({ protocol, port: PORT, targetPort: TARGET, destination: moving });
          assert.deepEqual(await both(moving), [`third ${PORT}`, `third ${TARGET}`]);
          assert.deepEqual(await both(moving, 'server'), [`third ${PORT}`, `third ${TARGET}`]);
          await address('third', 'del', own, 'eth0');
          await address('server', 'add', own, 'eth2');
          await settled('server', true);
          assert.deepEqual(await both(moving), ['blue', 'timeout']);
          assert.deepEqual(await both(moving, 'server'), ['blue', 'timeout']);
          await address('server', 'del', own, 'eth2');
          await ip('server', `route add ${moving} dev eth2`);
          await settled('server', false);
          await address('third', 'add', own, 'eth0');
          await settled('third', true);
          assert.deepEqual(await both(moving), [`third ${PORT}`, `third ${TARGET}`]);
        });

        it('has its target port closed at addresses that only a routing table of its own makes local', async () => {
          const policy = POLICY[family];
          await ip('server', `route add local ${policy} dev lo table 100`);
          await ip('server', `rule add to ${policy} lookup 100`);
          await ip('outside', `route add ${policy} via ${SERVER_ADDRESSES[family][0]}`);
          const { namespace } = hosts.server;
          await namespace.exec('nft', ['-f', '-'], {
            input: `table inet seen {
              counter passed {}
              chain input { type filter hook input priority 300; ${protocol} dport ${TARGET} counter name passed; }
            }`,
          });
          /** Whether the server gets it. The host need not be able to answer from such an IPv4 address. */
          const isDelivered = async (port: number) => {
            await namespace.exec('nft', ['reset', 'counters']);
            await probe('outside', policy, port, SILENCE_MS);
            const { stdout } = await namespace.exec('nft', ['list', 'table', 'inet', 'seen']);
            return !stdout.includes('packets 0 ');
          };
          assert.equal(await isDelivered(TARGET), true);
          await firewall.publish({ protocol, port: PORT, targetPort: TARGET });
          assert.equal(await isDelivered(TARGET), false);
          // Only in IPv6 does the type of an address come from all routing tables.
          assert.equal(await isDelivered(PORT), family === 'ipv6');
          await namespace.exec('nft', ['delete', 'table', 'inet', 'seen']);
        });

        it("is at the any-address for the host's own clients, where the target port is closed", async () => {
          await firewall.publish({ protocol, port: PORT, targetPort: TARGET });
          assert.deepEqual(await both(ANY[family], 'server'), ['blue', 'timeout']);
        });

        it('answers in every subnet of an interface as with a plain REDIRECT, and wholly with a targetAddress', async () => {
          const [own, first] = [OTHER_SUBNET[family], SERVER_ADDRESSES[family][0]];
          await address('server', 'add', `${own}/${PREFIX[family]}`, 'eth0');
          await address('outside', 'add', `${OTHER_CLIENT[family]}/${PREFIX[family]}`, 'eth0');
          const answers = async () => [
            await probe('outside', first, PORT, SILENCE_MS),
            await probe('outside', own, PORT, SILENCE_MS),
          ];
          await hosts.server.namespace.exec(IPTABLES[family], [...PLAIN, '-p', protocol, ...TO_TARGET]);
          const plain = await answers();
          await hosts.server.namespace.exec(IPTABLES[family], ['-t', 'nat', '-F']);
          // REDIRECT goes to the IPv4 address that came first, and to the IPv6 address that came last.
          const udp = family === 'ipv4' ? ['blue', 'timeout'] : ['timeout', 'blue'];
          assert.deepEqual(plain, protocol === 'tcp' ? ['blue', 'blue'] : udp);

          await firewall.publish({ protocol, port: PORT, targetPort: TARGET });
          assert.deepEqual(await answers(), plain);
          await firewall.publishAll(
            [first, own].map((one, index) => ({
              name: `subnet-${index}`,
              protocol,
              port: PORT,
              targetPort: TARGET,
              destination: one,
              targetAddress: one,
              loopback: index === 0,
            })),
          );
          for (const one of [first, own]) assert.deepEqual(await both(one), ['blue', 'timeout']);
          assert.deepEqual(await both(first, 'server'), ['blue', 'timeout']);
          await address('server', 'del', `${own}/${PREFIX[family]}`, 'eth0');
        });

        if (family === 'ipv6') {
          it('is at anycast addresses for as much as the kernel takes there, where the target port is closed', async () => {
            const unpublished = await probe('outside', ANYCAST_ADDRESS, TARGET, SILENCE_MS);
            assert.equal(unpublished, 'timeout');
            await firewall.publish({ protocol, port: PORT, targetPort: TARGET });
            const accepted = await hosts.server.servers.call('accepted', 'blue');
            const expected = protocol === 'tcp' ? 'timeout' : 'blue';
            assert.equal(await probe('outside', ANYCAST_ADDRESS, PORT, SILENCE_MS), expected);
            assert.equal(await probe('outside', ANYCAST_ADDRESS, TARGET, SILENCE_MS), 'timeout');
            const served = await hosts.server.servers.call('accepted', 'blue');
            assert.equal(served - accepted, protocol === 'tcp' ? 0 : 1);
          });
        }
      });
    }
  }
}
