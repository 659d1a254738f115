import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { type Firewall, openFirewall, type PublishOptions } from '../../../lib';
import { loadAddon } from '../../../lib/backends/addon';
import { EntryOperation } from '../../../lib/backends/iptc/entry-operation';
import { type Placement, placementsOf } from '../../../lib/backends/iptc/placement';
import { stepsJson } from '../../../lib/backends/iptc/steps-json';
import type { NftAddon } from '../../../lib/backends/nft/addon';
import { redirect } from '../../../lib/model/redirect';
import type { TableMatch, TableRule, TableTarget } from '../../../lib/model/table-rule';
import { FOREIGN_RULES, FOREIGN_TABLES } from '../nftables/foreign-tables';

/**
 * With record.cc preloaded: has the kernel say as many different things as portshift ever reads from it. What crosses
 * into the addon, it writes itself.
 */

const PORTS: readonly PublishOptions[] = [
  { name: 'web', port: 8445, targetPort: 8443 },
  { name: 'one-address', port: 8446, targetPort: 8444, destination: '127.0.0.1', deny: 'reject' },
  { name: 'one-address-of-IPv6', port: 8446, targetPort: 8444, destination: '::1', established: 'drop' },
  { name: 'a-range', port: '9000-9010', targetPort: 9443, interface: 'eth0', direct: 'local' },
  { name: 'datagrams', protocol: 'udp', port: 8445, targetPort: 8443, deny: 'reject' },
  { name: 'elsewhere', port: 7000, targetPort: 7443, targetAddress: '192.0.2.7', direct: 'open' },
];

const data = Buffer.from('0011223344556677', 'hex');
const MATCHES: readonly TableMatch[] = [
  { match: 'tcp', destinationPorts: [8445, 8446], syn: true },
  { match: 'udp', destinationPorts: [8445, 8445] },
  { match: 'mark', value: 0x1000, mask: 0x1000 },
  { match: 'conntrack', notEstablished: true, notTranslated: true, directionOriginal: true },
  { match: 'tcp', notSyn: true },
  { match: 'conntrack', notTranslated: true, directionReply: true },
  { match: 'tcp', sourcePorts: [8443, 8443], flags: [0x12, 0x12] },
  { match: 'udp', sourcePorts: [5353, 5360] },
  { match: 'addrtype', destinationTypes: ['local', 'anycast'], invert: true, limitInterface: true },
  { match: 'socket' },
  { match: 'comment', comment: 'portshift "é" \u0001' },
  { match: 'unknown', name: 'other', revision: 1, data },
];
const TARGETS: readonly TableTarget[] = [
  { target: 'REDIRECT', port: 8443 },
  { target: 'DNAT', address: '192.0.2.7', port: 8443 },
  { target: 'MARK', value: 0x1000, mask: 0x1000 },
  { target: 'REJECT', with: 'tcp-reset' },
  { target: 'jump', chain: 'own-1' },
  { target: 'DROP' },
  { target: 'none' },
  { target: 'unknown', name: 'OTHER', revision: 0, data },
];

/** Every match and every target, as it crosses into the addon. */
function writeSteps(directory: string): void {
  const head = { protocol: 'tcp', source: { address: '192.0.2.0', mask: '255.255.255.0', invert: true } } as const;
  const rules: TableRule[] = [
    ...MATCHES.map((match): TableRule => ({ ...head, matches: [match], target: { target: 'ACCEPT' } })),
    ...TARGETS.map((target): TableRule => ({ inInterface: { name: 'eth+', invert: true }, matches: [], target })),
  ];
  const chain = 'own-1';
  const operations = [
    { op: 'createChain', chain } as const,
    ...rules.map((rule) => ({ op: 'append', chain, rule }) as const),
  ];
  const entry = { rule: redirect({ port: '80-89', targetPort: 8080 }), name: 'web' };
  const [{ rule: like }] = placementsOf(entry.rule, { value: 0x1000, mask: 0x1000 }) as [Placement];
  for (const [index, operation] of [...operations, new EntryOperation('append', chain, like, entry)].entries()) {
    const step = { family: 'ipv4', table: 'nat', expect: '', operations: [operation] } as const;
    writeFileSync(join(directory, `${index}`), stepsJson([step]));
  }
}

async function connection(port: number, host: string): Promise<Socket> {
  const socket = connect(port, host);
  await once(socket, 'connect');
  return socket;
}

async function hear(firewall: Firewall): Promise<void> {
  await firewall.publishAll(PORTS);
  const server = createServer((socket) => socket.resume()).listen(8443, '::');
  await once(server, 'listening');
  const clients = [await connection(8445, '127.0.0.1'), await connection(8445, '::1')];
  const web = (await firewall.published()).find(({ name }) => name === 'web');
  await web?.move(8447);
  const gone = web?.drained({ interval: 10 });
  for (const client of clients) client.destroy();
  server.close();
  await gone;
  await web?.retarget(8448);
  await firewall.rules();
}

/** The rules of others, which only a read of the whole ruleset decodes. */
async function hearOfOthers(): Promise<void> {
  const rules = FOREIGN_RULES.map(([chain, rule]) => `add rule inet foreign ${chain} ${rule}\n`);
  // What nft(8) hears itself is not recorded.
  const { LD_PRELOAD: _, ...env } = process.env;
  execFileSync('nft', ['-f', '-'], { env, input: `${FOREIGN_TABLES}${rules.join('')}` });
  const session = await loadAddon<NftAddon>('nft').open({});
  await session.ruleset();
  await session.close();
  execFileSync('nft', ['flush', 'ruleset'], { env });
}

async function main(): Promise<void> {
  await hearOfOthers();
  for (const backend of ['iptc', 'nft'] as const) {
    await using firewall = await openFirewall({ backend });
    await hear(firewall);
    const other = await openFirewall({ backend, owner: 'other', mark: { value: 0x1000, mask: 0x1000 } });
    await other.publish({ port: 10_000, targetPort: 10_001 });
    await firewall.rules();
    await other.clear();
    await other.close();
    await firewall.clear();
  }
}

writeSteps(join(String(process.env['PORTSHIFT_FUZZ_DIRECTORY']), 'seeds', 'steps'));
void main();
