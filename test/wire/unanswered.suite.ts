import assert from 'node:assert/strict';
import { type BackendName, type Firewall, openFirewall, redirect } from '../../lib';
import { trackedConnections } from '../support/connections';
import { Hosts, SERVER_ADDRESSES, THIRD_ADDRESSES } from '../support/hosts';

const PORT = 514;
const NEXT_PORT = 515;
const TARGET = 5514;
const SOURCE_PORT = 40_000;
/** ms after which a datagram counts as unanswered. */
const SILENCE = 400;

const DNS = { name: 'dns', protocol: 'udp', port: PORT, targetPort: TARGET } as const;
const FROM_OUTSIDE = [SERVER_ADDRESSES.ipv4[0], SERVER_ADDRESSES.ipv6[0], 'fe80::1%eth0'];
const FROM_HOST = ['127.0.0.1', '::1', SERVER_ADDRESSES.ipv4[1], SERVER_ADDRESSES.ipv6[0]];

/** Clients that sent UDP to a port before it was published, each from one port of its own for good. */
export function unansweredSuite(backend: BackendName): void {
  describe(`UDP clients that were never answered on ${backend}`, () => {
    let hosts: Hosts;
    let firewall: Firewall;

    beforeEach(async () => {
      hosts = await Hosts.create({ third: true });
      await hosts.server.serve({ kind: 'udp', id: 'log', port: TARGET });
      // Makes the kernel track connections, as any stateful firewall does.
      for (const iptables of ['iptables-legacy', 'ip6tables-legacy']) {
        await hosts.server.namespace.exec(iptables, ['-w', '-A', 'INPUT', '-m', 'conntrack', '--ctstate', 'INVALID']);
      }
      firewall = await openFirewall({ backend, namespace: hosts.path });
    });

    afterEach(async () => {
      await firewall.close();
      await hosts.remove();
    });

    const ask = (from: 'outside' | 'server', addresses: readonly string[], port: number) =>
      hosts[from].probe(
        addresses.map((address, index) => ({
          ...({ protocol: 'udp', address, port, timeout: SILENCE } as const),
          sourcePort: SOURCE_PORT + index,
        })),
      );

    /** All clients send once, each as before; how each fared. */
    const send = async (port: number) => {
      const outcomes = [...(await ask('outside', FROM_OUTSIDE, port)), ...(await ask('server', FROM_HOST, port))];
      return outcomes.map((outcome) => (outcome.state === 'open' ? outcome.server : outcome.state));
    };

    const all = (what: string) => Array.from({ length: FROM_OUTSIDE.length + FROM_HOST.length }, () => what);

    /** Those to the port that are like that. */
    const entriesOf = async (like: RegExp) =>
      (await entries('--orig-port-dst', String(PORT))).filter((line) => like.test(line));

    const entries = (...options: string[]) => trackedConnections(hosts.server.namespace, ['-p', 'udp', ...options]);

    it('reach the server with their next packet when their port is published, or moved to', async () => {
      assert.deepEqual(await send(PORT), all('refused'));
      const dns = await firewall.publish(DNS);
      assert.deepEqual(dns.applied?.ended, { connections: 0 });
      assert.deepEqual(await send(PORT), all('log'));
      assert.deepEqual(await send(NEXT_PORT), all('refused'));
      await dns.move(NEXT_PORT);
      assert.deepEqual(await send(NEXT_PORT), all('log'));
    });

    it('reach it with every other call that redirects their port', async () => {
      const calls: Record<string, () => Promise<unknown>> = {
        publishAll: () => firewall.publishAll([DNS]),
        update: () => firewall.update({ add: [redirect({ protocol: 'udp', port: '500-520', targetPort: TARGET })] }),
      };
      for (const [name, call] of Object.entries(calls)) {
        await firewall.clear();
        await hosts.server.namespace.exec('conntrack', ['-F']);
        assert.deepEqual(await ask('outside', FROM_OUTSIDE, PORT), Array(3).fill({ state: 'refused' }), name);
        await call();
        const answers = await ask('outside', FROM_OUTSIDE, PORT);
        assert.deepEqual(new Set(answers.map(({ state }) => state)), new Set(['open']), name);
      }
      await firewall.clear();
      await hosts.server.namespace.exec('conntrack', ['-F']);
      await firewall.publish(DNS);
      const cleared = await firewall.clear();
      assert.deepEqual(await send(PORT), all('refused'));
      await cleared.rollback();
      assert.deepEqual(await send(PORT), all('log'));
    });

    it("do not with flows: 'stay', for as long as they go on sending", async () => {
      await send(PORT);
      await firewall.publish({ ...DNS, flows: 'stay' });
      // Their port is nobody's, whatever is said about that.
      assert.equal((await send(PORT)).includes('log'), false);
      const fresh = await hosts.outside.open({ protocol: 'udp', address: SERVER_ADDRESSES.ipv4[0], port: PORT });
      assert.equal(fresh.server, 'log');
    });

    it('are forgotten, and nobody else: neither those answered, nor of other ports and hosts', async () => {
      await hosts.server.serve({ kind: 'udp', id: 'old', port: PORT });
      const answered = await hosts.outside.open({ protocol: 'udp', address: SERVER_ADDRESSES.ipv4[0], port: PORT });
      await hosts.server.servers.call('stop', 'old');
      await send(NEXT_PORT);
      await send(PORT);
      // Forwarded, and never answered: nothing is told to the client either.
      await hosts.third?.namespace.exec('iptables-legacy', ['-w', '-A', 'INPUT', '-p', 'udp', '-j', 'DROP']);
      await hosts.third?.namespace.exec('ip6tables-legacy', ['-w', '-A', 'INPUT', '-p', 'udp', '-j', 'DROP']);
      await ask('outside', [THIRD_ADDRESSES.ipv4, THIRD_ADDRESSES.ipv6], PORT);
      await ask('server', [THIRD_ADDRESSES.ipv4, THIRD_ADDRESSES.ipv6], PORT);
      const unanswered = (await entries('--orig-port-dst', String(PORT))).filter((line) =>
        [...FROM_OUTSIDE, ...FROM_HOST].some((address) =>
          new RegExp(`^udp src=\\S+ dst=${address.replace(/%.*/, '')} sport=4000\\d `).test(line),
        ),
      );
      assert.equal(unanswered.length, all('').length);
      const before = await entries();
      await firewall.publish(DNS);
      assert.deepEqual(
        await entries(),
        before.filter((line) => !unanswered.includes(line)),
      );
      assert.equal((await answered.echo(SILENCE)).state === 'open', false);
    });

    it('of the host itself are left alone where the port is for others', async () => {
      await send(PORT);
      const own = await entriesOf(/src=127\.0\.0\.1 /);
      await firewall.publish({ ...DNS, loopback: false });
      assert.deepEqual(await entriesOf(/src=127\.0\.0\.1 /), own);
      assert.equal(own.length, 1);
      assert.deepEqual((await send(PORT)).slice(0, FROM_OUTSIDE.length), ['log', 'log', 'log']);
    });

    it('follow an address that is published only while the host has it', async () => {
      const [address] = SERVER_ADDRESSES.ipv4;
      await send(PORT);
      const other = new RegExp(`^udp src=\\S+ dst=${SERVER_ADDRESSES.ipv4[1]} `);
      const elsewhere = await entriesOf(other);
      await firewall.publish({ ...DNS, destination: address, loopback: false });
      assert.deepEqual(await ask('outside', [address], PORT), [{ state: 'open', server: 'log', port: TARGET }]);
      assert.deepEqual(await entriesOf(other), elsewhere);
      await firewall.clear();
      await ask('outside', [THIRD_ADDRESSES.ipv4], PORT);
      const third = new RegExp(`^udp src=\\S+ dst=${THIRD_ADDRESSES.ipv4} `);
      const routed = await entriesOf(third);
      await firewall.publish({ ...DNS, destination: THIRD_ADDRESSES.ipv4, loopback: false });
      assert.deepEqual(await entriesOf(third), routed);
      assert.equal(routed.length, 1);
    });
  });
}
