import assert from 'node:assert/strict';
import { type Firewall, openFirewall, type PublishOptions } from '../../lib';
import { Hosts } from '../support/hosts';
import { assertProbes, type Target } from '../support/probe-matrix';

const TARGET = 8443;
const OTHER_TARGET = 9443;

/** Odd ports from 2001 on, in both protocols, and a range among them; all of them lead to one server, or one to another. */
function manyPorts(): PublishOptions[] {
  return Array.from({ length: 150 }, (_, index): PublishOptions => {
    const port = 2001 + 2 * index;
    const protocol = index % 3 === 0 ? 'udp' : 'tcp';
    const rest = { name: `p${port}`, protocol, targetPort: port === 2297 ? OTHER_TARGET : TARGET } as const;
    return { ...rest, port: index === 70 ? `${port}-${port + 1}` : port };
  });
}

const open = (protocol: 'tcp' | 'udp', port: number, server: string): Target => ({
  protocol,
  port,
  expected: `open ${server}`,
});

describe('Many published ports on iptc', () => {
  let hosts: Hosts;
  let firewall: Firewall;

  beforeEach(async () => {
    hosts = await Hosts.create();
    await hosts.server.serve({ kind: 'tcp', id: 'blue', port: TARGET });
    await hosts.server.serve({ kind: 'udp', id: 'red', port: TARGET });
    await hosts.server.serve({ kind: 'tcp', id: 'green', port: OTHER_TARGET });
    firewall = await openFirewall({ backend: 'iptc', namespace: hosts.path });
    await firewall.publishAll(manyPorts());
  });

  afterEach(async () => {
    await firewall.close();
    await hosts.remove();
  });

  async function list(table: string): Promise<string[]> {
    const { stdout } = await hosts.server.namespace.exec('iptables-legacy', ['-t', table, '-S']);
    return stdout.split('\n');
  }

  it('all lead where they should, from everywhere, and their targets are closed', async () => {
    await assertProbes(hosts, [
      open('tcp', 2003, 'blue'),
      open('udp', 2001, 'red'),
      open('tcp', 2141, 'blue'),
      open('tcp', 2142, 'blue'),
      open('tcp', 2297, 'green'),
      open('udp', 2295, 'red'),
      { protocol: 'tcp', port: 2298, expected: 'refused' },
      { protocol: 'tcp', port: 2296, expected: 'refused' },
      { protocol: 'tcp', port: TARGET, expected: 'timeout' },
      { protocol: 'tcp', port: OTHER_TARGET, expected: 'timeout' },
    ]);
  });

  it('can be followed in the listing, move by the nat table alone, count, and leave nothing behind', async () => {
    const nat = await list('nat');
    for (const line of [
      '-A portshift.pre -p tcp -m tcp --dport 0:9999 -m comment --comment portshift -j portshift.pre.t0xxxx',
      '-A portshift.pre.t0xxxx -p tcp -m tcp --dport 2000:2999 -m comment --comment portshift -j portshift.pre.t02xxx',
      '-A portshift.pre.t02xxx -p tcp -m tcp --dport 2200:2299 -m comment --comment portshift -j portshift.pre.t022xx',
    ]) {
      assert.ok(nat.includes(line), `${line}\n${nat.filter((one) => one.includes('-j portshift')).join('\n')}`);
    }
    const [mangle, filter] = [await list('mangle'), await list('filter')];
    const web = (await firewall.published()).find(({ name }) => name === 'p2297');
    assert.ok(web !== undefined);
    await web.move(52_297);
    assert.deepEqual(await list('mangle'), mangle);
    assert.deepEqual(await list('filter'), filter);
    await assertProbes(hosts, [open('tcp', 52_297, 'green'), { protocol: 'tcp', port: 2297, expected: 'refused' }]);
    assert.equal((await web.counters()).connections, 10);
    await firewall.clear();
    for (const table of ['nat', 'mangle', 'filter']) {
      assert.deepEqual(
        (await list(table)).filter((line) => line.includes('portshift')),
        [],
      );
    }
  });
});
