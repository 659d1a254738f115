import assert from 'node:assert/strict';
import { type BackendName, type Firewall, openFirewall, type Protocol, type Warning } from '../../lib';
import { FAMILIES, Hosts, OUTSIDE_ADDRESSES, SERVER_ADDRESSES } from '../support/hosts';
import { PLACES, type Place, probeMatrix } from '../support/probe-matrix';
import { type Situation, situationsFor } from './situations';

const PUBLIC = 8445;
const TARGET = 8443;

/** From outside to one address of each family, and from the host to its loopback addresses. */
const WAYS: readonly Place[] = PLACES.filter(
  ({ from, address }) =>
    (from === 'outside' && FAMILIES.some((family) => SERVER_ADDRESSES[family][0] === address)) ||
    (from === 'host' && (address === '127.0.0.1' || address === '::1')),
);

const ALL_TABLES = ['filter', 'nat', 'mangle', 'raw', 'security'];

/** What portshift says of others' rules is what packets find. */
export function saidSuite(backend: BackendName & ('iptc' | 'nft')): void {
  for (const protocol of ['tcp', 'udp'] as const) {
    describe(`What is said of others' rules beside a ${protocol} port on ${backend}`, function () {
      this.timeout(60_000);
      let hosts: Hosts;
      let firewall: Firewall;

      before(async () => {
        hosts = await Hosts.create();
        for (const command of ['iptables-legacy', 'ip6tables-legacy']) {
          for (const table of ALL_TABLES) await hosts.server.namespace.exec(command, ['-w', '-t', table, '-S']);
        }
        await knowNeighbours(hosts);
        await hosts.server.serve({ kind: protocol, id: 'blue', port: TARGET });
        await hosts.server.serve({ kind: protocol, id: 'other', port: 9999 });
        firewall = await openFirewall({ backend, namespace: hosts.path });
        await firewall.publish({ name: 'web', protocol, port: PUBLIC, targetPort: TARGET });
        for (const family of ['', '6']) {
          await shell(hosts, `ip${family}tables-legacy-save > /tmp/said${family}.${process.pid}`);
        }
      });

      after(async () => {
        await firewall.close();
        await shell(hosts, `rm -f /tmp/said.${process.pid} /tmp/said6.${process.pid}`);
        await hosts.remove();
      });

      afterEach(() => takeBack(hosts));

      it('nothing, where there is nothing', async () => {
        assert.deepEqual(await firewall.warnings(), []);
      });

      // How rules are evaluated does not depend on the protocol: of UDP, some are enough.
      const situations = situationsFor(backend).filter((_, index) => protocol === 'tcp' || index % 5 === 0);
      for (const situation of situations) {
        it(situation.title, async () => {
          await shell(hosts, written(situation.script, protocol));
          await check(hosts, protocol, situation, await firewall.warnings());
        });
      }
    });
  }
}

/** A filter that drops everything keeps hosts from finding one another over IPv6, which is no affair of ports. */
async function knowNeighbours({ server, outside }: Hosts): Promise<void> {
  for (const [host, other, address] of [
    [server, outside, OUTSIDE_ADDRESSES.ipv6[0]],
    [outside, server, SERVER_ADDRESSES.ipv6[0]],
  ] as const) {
    const { stdout } = await other.namespace.exec('ip', ['-o', 'link', 'show', 'eth0']);
    const mac = /link\/ether (\S+)/.exec(stdout)?.[1] ?? '';
    await host.namespace.exec('ip', ['neigh', 'replace', address, 'lladdr', mac, 'dev', 'eth0', 'nud', 'permanent']);
  }
}

async function shell(hosts: Hosts, script: string): Promise<void> {
  await hosts.server.namespace.exec('sh', ['-ec', script]);
}

function written(script: string, protocol: Protocol): string {
  return script.replaceAll('PROTO', protocol).replaceAll('PUBLIC', String(PUBLIC)).replaceAll('TARGET', String(TARGET));
}

/** portshift's own rules stay, as they are in what was saved. */
async function takeBack(hosts: Hosts): Promise<void> {
  const restore = ['', '6'].map((family) => `ip${family}tables-legacy-restore -w < /tmp/said${family}.${process.pid}`);
  const tables = `nft list tables | grep -v ' portshift' | while read -r _ family name; do nft delete table "$family" "$name"; done`;
  await shell(hosts, [...restore, tables].join('\n'));
}

const PUBLIC_CODES = ['port-taken', 'port-skipped', 'port-untracked', 'port-blocked', 'target-blocked'];

async function check(hosts: Hosts, protocol: Protocol, situation: Situation, warnings: Warning[]): Promise<void> {
  const targets = [
    { protocol, port: PUBLIC, expected: 'timeout' as const },
    { protocol, port: TARGET, expected: 'timeout' as const },
  ];
  const { cells } = await probeMatrix(hosts, targets, WAYS);
  const arrives = (from: Place['from'], port: number) =>
    cells
      .filter(({ place, target }) => place.from === from && target.port === port)
      .map(({ actual }) => actual === 'open blue');
  const done = cells.map(({ place, target, actual }) => `${place.from} ${place.address} ${target.port}: ${actual}`);
  const text = [...warnings.map(({ level, code, message }) => `${level} ${code}: ${message}`), ...done].join('\n');
  const isLocal = ({ message }: Warning) => message.includes('from this host itself');
  const about = (codes: readonly string[], local: boolean) =>
    warnings.filter((one) => codes.includes(one.code) && isLocal(one) === local);
  const isDead = arrives('outside', PUBLIC).includes(false);
  const problems = about(PUBLIC_CODES, false).filter(({ level }) => level === 'problem');
  if (situation.isDoubtful) assert.deepEqual(problems, [], text);
  else assert.equal(problems.length > 0, isDead, text);
  const isLocalDead = arrives('host', PUBLIC).includes(false);
  const isLocalSaid = about(PUBLIC_CODES, true).length > 0;
  // What is said of everybody is not said of the host itself again.
  if (!situation.isDoubtful) assert.equal(isLocalSaid, isLocalDead && (isLocalSaid || problems.length === 0), text);
  const isOpen = arrives('outside', TARGET).includes(true);
  assert.equal(about(['target-open'], false).length > 0, isOpen, text);
  const isLocalOpen = arrives('host', TARGET).includes(true);
  assert.equal(
    warnings.some(({ code }) => code === 'target-open'),
    isOpen || isLocalOpen,
    text,
  );
  for (const code of situation.said ?? [])
    assert.ok(
      warnings.some((one) => one.code === code),
      `${code}\n${text}`,
    );
}
