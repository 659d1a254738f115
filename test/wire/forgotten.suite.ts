import assert from 'node:assert/strict';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type BackendName, type Firewall, openFirewall } from '../../lib';
import { trackedConnections } from '../support/connections';
import type { Flow, Host } from '../support/host';
import { FAMILIES, Hosts, SERVER_ADDRESSES } from '../support/hosts';
import { until } from '../support/until';

const PORT = 8445;
const TARGET = 8443;
const IPTABLES = { ipv4: 'iptables-legacy', ipv6: 'ip6tables-legacy' } as const;
/** The last packet of a handshake, which alone is an ACK of a client with nothing in it. */
const HANDSHAKE_END = [
  'OUTPUT',
  '-p',
  'tcp',
  '--dport',
  String(PORT),
  '--tcp-flags',
  'SYN,ACK,PSH',
  'ACK',
  '-j',
  'DROP',
];

async function echoes(flows: readonly Flow[]): Promise<string[]> {
  const outcomes = await Promise.all(flows.map((flow) => flow.echo(2_000)));
  return [...new Set(outcomes.map((outcome) => (outcome.state === 'open' ? outcome.server : outcome.state)))];
}

/** TCP connections that connection tracking has forgotten, or has never seen begin. */
export function forgottenSuite(backend: BackendName): void {
  describe(`Connections without an entry on ${backend}`, () => {
    let hosts: Hosts;
    let firewall: Firewall;

    beforeEach(async () => {
      hosts = await Hosts.create();
      await hosts.server.serve({ kind: 'tcp', id: 'blue', port: TARGET });
      firewall = await openFirewall({ backend, namespace: hosts.path });
    });

    afterEach(async () => {
      await firewall.close();
      await hosts.remove();
    });

    const publish = () => firewall.publish({ port: PORT, targetPort: TARGET });
    const open = (from: 'outside' | 'server', addresses: readonly string[]) =>
      Promise.all(addresses.map((address) => hosts[from].open({ protocol: 'tcp', address, port: PORT })));
    const fromOutside = () => open('outside', [...SERVER_ADDRESSES.ipv4, ...SERVER_ADDRESSES.ipv6]);
    const fromHost = () => open('server', ['127.0.0.1', '::1', SERVER_ADDRESSES.ipv4[0], SERVER_ADDRESSES.ipv6[0]]);
    const sh = (command: string) => hosts.server.namespace.exec('sh', ['-ec', command]);
    const forget = () => sh('conntrack -F');

    it('go on from outside when their entries are deleted', async () => {
      await publish();
      const flows = await fromOutside();
      for (let times = 0; times < 2; times += 1) {
        await forget();
        assert.deepEqual(await echoes(flows), ['blue']);
      }
    });

    it('go on from outside when their entries have timed out', async () => {
      await publish();
      await sh('echo 1 > /proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established');
      const flows = await fromOutside();
      await echoes(flows);
      const namespace = hosts.server.namespace;
      await until('no entry', async () => (await trackedConnections(namespace, ['-p', 'tcp'])).length === 0);
      assert.deepEqual(await echoes(flows), ['blue']);
    });

    it('end where connection tracking does not pick them up, as with a plain REDIRECT', async () => {
      await sh('echo 0 > /proc/sys/net/netfilter/nf_conntrack_tcp_loose');
      await sh(`iptables-legacy -t nat -A PREROUTING -p tcp --dport 9445 -j REDIRECT --to-ports ${TARGET}`);
      await publish();
      const [address] = SERVER_ADDRESSES.ipv4;
      const plain = await hosts.outside.open({ protocol: 'tcp', address, port: 9445 });
      const [flow] = await fromOutside();
      assert.ok(flow !== undefined);
      await forget();
      const [of, ours] = [await echoes([plain]), await echoes([flow])];
      assert.deepEqual(ours, of);
      assert.notDeepEqual(ours, ['blue']);
    });

    it('end on lo when their entries are deleted', async () => {
      await publish();
      const flows = await fromHost();
      await forget();
      assert.deepEqual((await echoes(flows)).includes('blue'), false);
    });

    const speaksFirst = async (port: number, targetPort: number) => {
      const server = new Script(hosts.server, SPEAKS, String(targetPort));
      await server.line();
      const client = new Script(hosts.outside, LISTENS, SERVER_ADDRESSES.ipv4[0], String(port));
      await client.line();
      await server.line();
      await forget();
      server.goOn();
      const established = async () => (await sh('ss -Htan state established')).stdout;
      await until('no connection', async () => !(await established()).includes(`:${targetPort}`));
    };

    it('end when the server speaks first, as with a plain REDIRECT', async () => {
      await sh('iptables-legacy -t nat -A PREROUTING -p tcp --dport 9445 -j REDIRECT --to-ports 9443');
      await speaksFirst(9445, 9443);
      await firewall.publish({ port: 9446, targetPort: 9444 });
      await speaksFirst(9446, 9444);
    });

    it('are not captured that are older than the redirect, while their server still listens', async () => {
      await hosts.server.serve({ kind: 'tcp', id: 'old', port: PORT });
      const flows = [...(await fromOutside()), ...(await fromHost())];
      await publish();
      assert.deepEqual(await echoes(flows), ['old']);
      await forget();
      assert.deepEqual(await echoes(flows), ['old']);
      const fresh = [...(await fromOutside()), ...(await fromHost())];
      assert.deepEqual(await echoes(fresh), ['blue']);
      await forget();
      assert.deepEqual(await echoes(fresh.slice(0, 4)), ['blue']);
      assert.deepEqual(await echoes(flows), ['old']);
    });

    for (const family of FAMILIES) {
      it(`are not captured over ${family} that are half open`, async () => {
        await hosts.server.serve({ kind: 'tcp', id: 'old', port: PORT });
        const client = hosts.outside.namespace;
        await client.exec(IPTABLES[family], ['-w', '-A', ...HANDSHAKE_END]);
        const opening = hosts.outside.open({ protocol: 'tcp', address: SERVER_ADDRESSES[family][0], port: PORT });
        await until('half open', async () => (await sh('ss -Htan state syn-recv')).stdout.includes(`:${PORT}`));
        await publish();
        await client.exec(IPTABLES[family], ['-w', '-D', ...HANDSHAKE_END]);
        const flow = await opening;
        assert.equal(flow.server, 'old');
        assert.deepEqual(await echoes([flow]), ['old']);
      });

      it(`are not captured over ${family} that only the client has yet to close`, async () => {
        const server = new Script(hosts.server, CLOSES_FIRST, String(PORT));
        await server.line();
        const client = hosts.outside.namespace;
        const reset = ['INPUT', '-p', 'tcp', '--sport', String(PORT), '--tcp-flags', 'RST', 'RST'];
        await client.exec(IPTABLES[family], ['-w', '-A', ...reset]);
        const closing = new Script(hosts.outside, CLOSES_SECOND, SERVER_ADDRESSES[family][0], String(PORT));
        await closing.line();
        await until('closed by the server', async () => (await sh('ss -Htan')).stdout.includes('FIN-WAIT-2'));
        await publish();
        closing.goOn();
        await until('closed', async () => !(await client.exec('ss', ['-Htan'])).stdout.includes(`:${PORT}`));
        const { stdout } = await client.exec(IPTABLES[family], ['-w', '-xvnL', 'INPUT']);
        assert.match(stdout, /^ +0 +0 .*flags:0x04/m);
      });
    }
  });
}

const CLOSES_FIRST = `
import socket, sys
server = socket.create_server(("::", int(sys.argv[1])), family=socket.AF_INET6, dualstack_ipv6=True)
print("listening", flush=True)
server.accept()[0].close()
input()
`;

const CLOSES_SECOND = `
import socket, sys
client = socket.create_connection((sys.argv[1], int(sys.argv[2])))
client.recv(1)
print("closed by the server", flush=True)
input()
client.close()
input()
`;

const SPEAKS = `
import socket, sys, time
server = socket.create_server(("::", int(sys.argv[1])), family=socket.AF_INET6, dualstack_ipv6=True)
print("listening", flush=True)
client = server.accept()[0]
print("accepted", flush=True)
input()
client.send(b"hello")
input()
`;

const LISTENS = `
import socket, sys
client = socket.create_connection((sys.argv[1], int(sys.argv[2])))
print("connected", flush=True)
input()
`;

/** A small Python program on a host, which writes a line and waits for one. */
class Script {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: NodeJS.AsyncIterator<string>;

  constructor(host: Host, text: string, ...args: string[]) {
    this.#process = host.namespace.spawn('python3', ['-c', text, ...args]);
    this.#lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  async line(): Promise<void> {
    const { done } = await this.#lines.next();
    assert.equal(done, false);
  }

  goOn(): void {
    this.#process.stdin.write('\n');
  }
}
