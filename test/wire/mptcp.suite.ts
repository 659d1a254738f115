import assert from 'node:assert/strict';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type BackendName, type Firewall, openFirewall } from '../../lib';
import { eventually } from '../support/connections';
import type { Host } from '../support/host';
import { Hosts, SERVER_ADDRESSES } from '../support/hosts';

/** Of the client, beside the one that it opens the connection from. */
const SECOND_PATH = '10.77.0.10';
const PORT = 8445;
const TARGET = 8443;
const PROGRAM = join(__dirname, '../support/mptcp.py');
const CLOSING = { port: PORT, targetPort: TARGET, established: 'drop' } as const;
const RESET = 'Connection reset by peer';

/** A process at one end of MPTCP connections, and the lines that it has written. */
class End {
  readonly lines: string[] = [];

  private constructor(readonly process: ChildProcessWithoutNullStreams) {
    createInterface(process.stdout).on('line', (line) => this.lines.push(line));
  }

  static async start(host: Host, ...args: string[]): Promise<End> {
    const end = new End(host.namespace.spawn('python3', [PROGRAM, ...args]));
    await eventually(5_000, async () => assert.deepEqual(end.lines, ['ready']));
    return end;
  }

  /** All that it has written, once that is so many lines. */
  async says(count: number): Promise<string[]> {
    await eventually(5_000, async () => assert.equal(this.lines.length, count + 1));
    return this.lines.slice(1);
  }
}

/** What becomes of MPTCP connections when the port closes that they go to. */
export function mptcpSuite(backend: BackendName): void {
  describe(`MPTCP connections on ${backend}`, () => {
    let hosts: Hosts;
    let firewall: Firewall;
    let server: End;

    beforeEach(async () => {
      hosts = await Hosts.create();
      for (const host of [hosts.server, hosts.outside]) {
        await host.namespace.exec('sh', ['-c', 'echo 1 > /proc/sys/net/mptcp/enabled']);
      }
      server = await End.start(hosts.server, 'serve', String(TARGET));
      firewall = await openFirewall({ backend, namespace: hosts.path });
    });

    afterEach(async () => {
      await firewall.close();
      await hosts.remove();
    });

    const connect = (address: string, port: number) =>
      End.start(address.startsWith('127') ? hosts.server : hosts.outside, 'connect', address, String(port));

    /** The MPTCP sockets of a host that are no listeners. */
    const sockets = async (host: Host) => {
      const { stdout } = await host.namespace.exec('ss', ['--no-header', '--mptcp', '--numeric']);
      return stdout.split('\n').filter((line) => line !== '');
    };

    it('end for both sides, over IPv4 and IPv6, from outside and from the host', async () => {
      const clients = [
        await connect(SERVER_ADDRESSES.ipv4[0], TARGET),
        await connect(SERVER_ADDRESSES.ipv6[0], TARGET),
        await connect('127.0.0.1', TARGET),
      ];
      assert.equal((await sockets(hosts.server)).length, 4);
      const web = await firewall.publish(CLOSING);
      assert.deepEqual(web.applied?.ended, { connections: 3 });
      for (const client of clients) assert.deepEqual(await client.says(1), [RESET]);
      assert.deepEqual(await server.says(3), Array(3).fill('end of data'));
      for (const host of [hosts.server, hosts.outside]) {
        await eventually(5_000, async () => assert.deepEqual(await sockets(host), []));
      }
    });

    it('go on where they came in through the public port, or stay with the host', async () => {
      const web = await firewall.publish({ ...CLOSING, direct: 'open', established: 'keep' });
      const clients = [await connect(SERVER_ADDRESSES.ipv4[0], PORT), await connect('127.0.0.1', TARGET)];
      const direct = await connect(SERVER_ADDRESSES.ipv4[0], TARGET);
      await web.withdraw();
      const closing = await firewall.publish({ ...CLOSING, direct: 'local' });
      assert.deepEqual(closing.applied?.ended, { connections: 1 });
      assert.deepEqual(await direct.says(1), [RESET]);
      assert.deepEqual(
        clients.map(({ lines }) => lines),
        [['ready'], ['ready']],
      );
    });

    it('count once, however many subflows they have', async () => {
      const { namespace } = hosts.outside;
      for (const host of [hosts.server, hosts.outside]) {
        await host.namespace.exec('ip', ['mptcp', 'limits', 'set', 'subflow', '2', 'add_addr_accepted', '2']);
      }
      await namespace.exec('ip', ['addr', 'add', `${SECOND_PATH}/24`, 'dev', 'eth0']);
      await namespace.exec('ip', ['mptcp', 'endpoint', 'add', SECOND_PATH, 'dev', 'eth0', 'subflow']);
      const client = await connect(SERVER_ADDRESSES.ipv4[0], TARGET);
      await eventually(5_000, async () => {
        const { stdout } = await hosts.server.namespace.exec('ss', ['-Htn', 'state', 'established']);
        assert.equal(stdout.trim().split('\n').length, 2);
      });
      const web = await firewall.publish(CLOSING);
      assert.deepEqual(web.applied?.ended, { connections: 1 });
      assert.deepEqual(await client.says(1), [RESET]);
    });

    it('are told as cut off where the process that holds them cannot be reached', async () => {
      const client = await connect(SERVER_ADDRESSES.ipv4[0], TARGET);
      const program = `
        const { openFirewall } = require('./lib');
        (async () => {
          const firewall = await openFirewall({ backend: '${backend}' });
          const { applied } = await firewall.publish(${JSON.stringify(CLOSING)});
          const { connections, error } = applied.ended;
          console.log(JSON.stringify([connections, error?.code, error?.errno, error?.message]));
          await firewall.close();
        })();`;
      // The server has a privilege that this process lacks, so that it may not look into it.
      const without = ['--bounding-set', '-sys_ptrace', '--', process.execPath];
      const child = hosts.server.namespace.spawn('setpriv', [...without, '--require', 'tsx/cjs', '--eval', program]);
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
      await once(child, 'close');
      const [connections, code, errno, message] = JSON.parse(output) as unknown[];
      assert.deepEqual([connections, code, errno], [0, 'ERR_PERMISSION', 'EACCES']);
      assert.match(String(message), /1 MPTCP connection is cut off but not ended/);
      assert.deepEqual(client.lines, ['ready']);
      const { stdout } = await hosts.server.namespace.exec('ss', ['-Htn', 'state', 'established']);
      assert.equal(stdout, '');
    });
  });
}
