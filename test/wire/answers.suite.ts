import assert from 'node:assert/strict';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type BackendName, type Firewall, openFirewall, type PublishOptions } from '../../lib';
import { Attacker, RST, SYN } from '../security/attacker';
import type { Host } from '../support/host';
import { FAMILIES, type Family, Hosts, OUTSIDE_ADDRESSES, SERVER_ADDRESSES } from '../support/hosts';
import { until } from '../support/until';

const PORT = 8445;
const TARGET = 8443;
/** A plain REDIRECT beside, which shows what is to be seen without portshift. */
const PLAIN_PORT = 9445;
const PLAIN_TARGET = 9443;
const PEER = 5555;
const IPTABLES = { ipv4: 'iptables-legacy', ipv6: 'ip6tables-legacy' } as const;

const VARIANTS: readonly Pick<PublishOptions, 'established' | 'deny' | 'direct'>[] = [
  {},
  { deny: 'reject' },
  { established: 'drop' },
  { established: 'drop', deny: 'reject' },
  { direct: 'local' },
];

/** What a closed port sends where connection tracking knows of no connection. */
export function answersSuite(backend: BackendName): void {
  describe(`What a closed port sends on ${backend}`, () => {
    let hosts: Hosts;
    let firewall: Firewall;

    beforeEach(async () => {
      hosts = await Hosts.create();
      firewall = await openFirewall({ backend, namespace: hosts.path });
    });

    afterEach(async () => {
      await firewall.close();
      await hosts.remove();
    });

    const sh = (command: string) => hosts.server.namespace.exec('sh', ['-ec', command]);
    const forget = () => sh('conntrack -F');
    const publish = (options: Partial<PublishOptions> = {}) =>
      firewall.publish({ port: PORT, targetPort: TARGET, ...options });

    /** Counts what arrives outside from a port, and keeps it from the kernel there if `silently`. */
    const watch = async (ports: readonly number[], silently = false) => {
      for (const family of FAMILIES) {
        for (const port of ports) {
          const rule = ['-w', '-A', 'INPUT', '-p', 'tcp', '--sport', String(port), ...(silently ? ['-j', 'DROP'] : [])];
          await hosts.outside.namespace.exec(IPTABLES[family], rule);
        }
      }
    };

    /** How many packets have arrived there from the port. */
    const seen = async (family: Family, port: number) => {
      const { stdout } = await hosts.outside.namespace.exec(IPTABLES[family], ['-w', '-xvnL', 'INPUT']);
      const line = stdout.split('\n').find((one) => one.includes(`spt:${port}`));
      assert.ok(line !== undefined, stdout);
      return Number(line.trim().split(/\s+/)[0]);
    };

    it('is no SYN-ACK after a reset that connection tracking takes for valid, and TCP does not', async function () {
      this.timeout(30_000);
      const published = VARIANTS.map((options, index) => ({
        ...options,
        port: PORT + 100 * index,
        targetPort: TARGET + 100 * index,
      }));
      for (const { targetPort: port } of published) await hosts.server.serve({ kind: 'tcp', id: `${port}`, port });
      await hosts.server.serve({ kind: 'tcp', id: 'plain', port: PLAIN_TARGET });
      await firewall.publishAll(published);
      for (const family of FAMILIES) {
        await hosts.server.namespace.exec(
          IPTABLES[family],
          `-w -t nat -A PREROUTING -p tcp --dport ${PLAIN_PORT} -j REDIRECT --to-ports ${PLAIN_TARGET}`.split(' '),
        );
      }
      await sh('echo 1 > /proc/sys/net/netfilter/nf_conntrack_tcp_timeout_close');
      const ports = published.map(({ port }) => port);
      const targets = published.map(({ targetPort }) => targetPort);
      await watch([...ports, ...targets, PLAIN_PORT, PLAIN_TARGET], true);
      const attacker = await Attacker.outside(hosts.outside.namespace, hosts.server.namespace);
      // The plain one comes last, and so do its answers.
      const syns = FAMILIES.flatMap((family) =>
        [...ports, PLAIN_PORT].map((port) => ({
          protocol: 'tcp' as const,
          source: OUTSIDE_ADDRESSES[family][0],
          destination: SERVER_ADDRESSES[family][0],
          sourcePort: 33_333,
          port,
          flags: SYN,
          seq: 1000,
        })),
      );
      const answers = await attacker.send(syns);
      assert.deepEqual(
        answers.filter((replies) => replies.length === 0),
        [],
      );
      await attacker.send(syns.map((syn) => ({ ...syn, flags: RST, seq: 1002 })));
      for (const family of FAMILIES) {
        await until('a SYN-ACK of the plain one', async () => (await seen(family, PLAIN_TARGET)) > 0, 15_000);
      }
      for (const family of FAMILIES) {
        for (const target of targets) assert.equal(await seen(family, target), 0, `${family} ${target}`);
        for (const port of ports) assert.ok((await seen(family, port)) > 0, `${family} ${port}`);
      }
      assert.deepEqual(
        (await firewall.status()).map(({ denied }) => denied),
        published.map(() => 0),
      );
    });

    for (const family of FAMILIES) {
      /** A connection from outside to the port, which the server knows of. */
      const connect = async (port: number) => {
        const server = new Script(hosts.server, SPEAKS, String(TARGET));
        assert.equal(await server.line(), 'listening');
        const client = new Script(hosts.outside, LISTENS, SERVER_ADDRESSES[family][0], String(port));
        assert.equal(await client.line(), 'connected');
        assert.equal(await server.line(), 'accepted');
        return { server, client };
      };

      it(`is nothing over ${family} in a connection that is forgotten, with established: 'drop', until the client speaks`, async () => {
        await watch([TARGET]);
        await publish({ established: 'drop' });
        const { server, client } = await connect(PORT);
        await forget();
        server.goOn();
        // What is dropped on the way out is not sent for TCP, which tries again as with a window that is shut.
        const tries = async () => /persist,[^,]*,([0-9]+)/.exec((await sh(`ss -Htno sport = :${TARGET}`)).stdout)?.[1];
        await until('tried again', async () => Number((await tries()) ?? 0) > 1);
        assert.equal(await seen(family, TARGET), 0);
        client.goOn();
        assert.equal(await client.line(), 'hello');
        assert.equal(await seen(family, TARGET), 0);
      });

      it(`may go on over ${family} in a connection that is older than the closing`, async () => {
        const direct = await connect(TARGET);
        await publish();
        await forget();
        direct.server.goOn();
        assert.equal(await direct.client.line(), 'hello');
      });

      it(`may open connections over ${family}, whatever becomes of those to it`, async () => {
        await hosts.outside.serve({ kind: 'tcp', id: 'peer', port: PEER });
        await publish({ established: 'drop' });
        const script = new Script(hosts.server, CONNECTS, OUTSIDE_ADDRESSES[family][0], String(PEER), String(TARGET));
        assert.equal(await script.line(), 'answered');
      });

      it(`may be the first datagram over ${family}, of which the answers get in from outside`, async () => {
        await hosts.outside.serve({ kind: 'udp', id: 'peer', port: PEER });
        for (const established of ['keep', 'drop'] as const) {
          await publish({ name: 'wg', protocol: 'udp', established });
          const script = new Script(hosts.server, SENDS, OUTSIDE_ADDRESSES[family][0], String(PEER), String(TARGET));
          assert.equal(await script.line(), 'answered');
          await firewall.clear();
        }
      });

      it(`may be the first datagram over ${family} on lo, of which the answers take direct: 'local'`, async () => {
        await hosts.server.serve({ kind: 'udp', id: 'peer', port: PEER });
        for (const [direct, outcome] of [
          ['closed', 'silence'],
          ['local', 'answered'],
        ] as const) {
          await publish({ name: 'wg', protocol: 'udp', direct });
          const before = await hosts.server.servers.call('accepted', 'peer');
          const script = new Script(hosts.server, SENDS, SERVER_ADDRESSES[family][0], String(PEER), String(TARGET));
          assert.equal(await script.line(), outcome);
          assert.equal((await hosts.server.servers.call('accepted', 'peer')) - before, 1);
          await firewall.clear();
        }
      });
    }
  });
}

const SPEAKS = `
import socket, sys
server = socket.create_server(("::", int(sys.argv[1])), family=socket.AF_INET6, dualstack_ipv6=True)
print("listening", flush=True)
client = server.accept()[0]
print("accepted", flush=True)
input()
client.send(b"hello\\n")
input()
`;

const LISTENS = `
import socket, sys, threading
client = socket.create_connection((sys.argv[1], int(sys.argv[2])))
print("connected", flush=True)
def speak():
    input()
    client.send(b"hello\\n")
threading.Thread(target=speak, daemon=True).start()
print(client.recv(99).decode().strip(), flush=True)
`;

const CONNECTS = `
import socket, sys
kind = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
client = socket.socket(kind)
client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
client.bind(("", int(sys.argv[3])))
client.connect((sys.argv[1], int(sys.argv[2])))
client.send(b"hello\\n")
print("answered" if client.recv(99) else "closed", flush=True)
`;

const SENDS = `
import socket, sys
kind = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
server = socket.socket(kind, socket.SOCK_DGRAM)
server.bind(("", int(sys.argv[3])))
server.settimeout(0.5)
server.sendto(b"hello\\n", (sys.argv[1], int(sys.argv[2])))
try:
    server.recv(99)
    print("answered", flush=True)
except TimeoutError:
    print("silence", flush=True)
`;

/** A small Python program on a host, which writes lines and waits for some. */
class Script {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: NodeJS.AsyncIterator<string>;

  constructor(host: Host, text: string, ...args: string[]) {
    this.#process = host.namespace.spawn('python3', ['-c', text, ...args]);
    this.#lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  /** Undefined where it has ended. */
  async line(): Promise<string | undefined> {
    const { value } = await this.#lines.next();
    return value;
  }

  goOn(): void {
    this.#process.stdin.write('\n');
  }
}
