import type { MemoryKernel } from '../../../lib/backends/memory/session';
import type {
  Family,
  PortSpan,
  Protocol,
  TableMatch,
  TableName,
  TableRule,
  TableTarget,
} from '../../../lib/model/table-rule';

/** A packet that a client sends to the host. */
export interface Probe {
  readonly family: Family;
  readonly protocol: Protocol;
  /** Where it comes from: `lo` is the host itself. */
  readonly from: 'eth0' | 'eth1' | 'lo';
  readonly address: string;
  readonly port: number;
  /**
   * `new`: it opens a connection. `known`: it belongs to one that was made before any rule. `unknown`: the same, in a
   * namespace where connection tracking began after it, so that it looks new but opens nothing.
   */
  readonly connection: 'new' | 'known' | 'unknown';
}

/** What becomes of a packet: it arrives where it was sent, or at a target, or not. */
export type Fate = 'direct' | 'dropped' | 'rejected' | `target ${string}`;

export const OWN_ADDRESSES: Readonly<Record<Family, readonly [string, string]>> = {
  ipv4: ['192.0.2.7', '192.0.2.8'],
  ipv6: ['2001:db8::7', '2001:db8::8'],
};
export const LOOPBACK_ADDRESS: Readonly<Record<Family, string>> = { ipv4: '127.0.0.1', ipv6: '::1' };

interface Packet {
  readonly probe: Probe;
  readonly inInterface: string | undefined;
  readonly outInterface: string | undefined;
  readonly sourcePort: number;
  readonly flags?: number;
  address: string;
  port: number;
  mark: number;
}

/** No target port. */
const CLIENT_PORT = 49_152;

/** What a server sends from its port, to a client of whom connection tracking knows no connection. */
export interface Answer {
  readonly family: Family;
  readonly protocol: Protocol;
  readonly to: 'eth0' | 'lo';
  readonly port: number;
  /** Of TCP: which flags it has. */
  readonly flags?: number;
  /** It belongs to a connection that was made before any rule. */
  readonly isConnected?: boolean;
}

/** Whether it leaves the host, or is dropped. */
export function leaves(kernel: MemoryKernel, { family, protocol, to, port, flags, isConnected }: Answer): boolean {
  const connection = isConnected === true ? 'known' : flags === 0x02 ? 'new' : 'unknown';
  const probe: Probe = { family, protocol, from: 'lo', address: 'client', port: CLIENT_PORT, connection };
  const packet: Packet = {
    probe,
    inInterface: undefined,
    outInterface: to,
    sourcePort: port,
    ...(flags !== undefined && { flags }),
    address: probe.address,
    port: probe.port,
    mark: 0,
  };
  const verdict = new Walk(kernel, family).hook('mangle', 'OUTPUT', packet);
  return verdict === undefined || verdict.target === 'ACCEPT';
}

/**
 * The way of a packet through the hooks, in the kernel's order: for the host's own packets mangle OUTPUT and nat OUTPUT; then mangle
 * PREROUTING, nat PREROUTING, and INPUT of mangle, filter and security. nat is asked about the first packet of a connection only, and once.
 */
export function fateOf(kernel: MemoryKernel, probe: Probe): Fate {
  return wayOf(new Walk(kernel, probe.family), probe);
}

function wayOf(walk: Walk, probe: Probe): Fate {
  const packet: Packet = {
    probe,
    inInterface: undefined,
    outInterface: 'lo',
    sourcePort: CLIENT_PORT,
    address: probe.address,
    port: probe.port,
    mark: 0,
  };
  const local = probe.from === 'lo';
  if (local && isDenying(walk.hook('mangle', 'OUTPUT', packet))) return 'dropped';
  if (local && probe.connection !== 'known') translate(packet, walk.hook('nat', 'OUTPUT', packet));
  const arriving: Packet = { ...packet, inInterface: probe.from, outInterface: undefined };
  walk.hook('mangle', 'PREROUTING', arriving);
  if (!local && probe.connection !== 'known') translate(arriving, walk.hook('nat', 'PREROUTING', arriving));
  if (!isOwn(arriving)) return 'direct';
  for (const table of ['mangle', 'filter', 'security'] as const) {
    const verdict = walk.hook(table, 'INPUT', arriving);
    if (verdict !== undefined && verdict.target !== 'ACCEPT') return verdictFate(verdict);
  }
  if (arriving.address === probe.address && arriving.port === probe.port) return 'direct';
  return `target ${arriving.address === probe.address ? '' : arriving.address}:${arriving.port}`;
}

function isDenying(verdict: TableTarget | undefined): boolean {
  return verdict !== undefined && verdict.target !== 'ACCEPT';
}

function translate(packet: Packet, verdict: TableTarget | undefined): void {
  if (verdict === undefined) return;
  if (verdict.target !== 'DNAT' && verdict.target !== 'REDIRECT') throw new Error(`${verdict.target} in the nat table`);
  packet.port = verdict.port;
  if (verdict.target === 'DNAT') packet.address = verdict.address ?? packet.address;
}

function verdictFate(verdict: TableTarget): Fate {
  if (verdict.target === 'DROP') return 'dropped';
  if (verdict.target === 'REJECT') return 'rejected';
  throw new Error(`${verdict.target} where packets are denied`);
}

function isOwn({ address, probe: { family } }: Packet): boolean {
  return OWN_ADDRESSES[family].includes(address) || address === LOOPBACK_ADDRESS[family];
}

/** How many rules the packet passes, by table. */
export function countRules(kernel: MemoryKernel, probe: Probe): Partial<Record<TableName, number>> {
  const walk = new Walk(kernel, probe.family);
  wayOf(walk, probe);
  return walk.passed;
}

class Walk {
  readonly passed: Partial<Record<TableName, number>> = {};

  constructor(
    readonly kernel: MemoryKernel,
    readonly family: Family,
  ) {}

  /** What the first rule that decides says; undefined where none does. RETURN goes back to the chain that jumped here. */
  hook(table: TableName, chain: string, packet: Packet): TableTarget | undefined {
    const rules = this.kernel.chains({ family: this.family, table }).get(chain);
    if (rules === undefined) throw new Error(`no chain ${chain} in ${table}`);
    for (const { rule } of rules) {
      this.passed[table] = (this.passed[table] ?? 0) + 1;
      if (!matches(rule, packet)) continue;
      const { target } = rule;
      if (target.target === 'MARK') packet.mark = (packet.mark & ~target.mask) ^ target.value;
      else if (target.target === 'jump') {
        const verdict = this.hook(table, target.chain, packet);
        if (verdict !== undefined) return verdict;
      } else if (target.target === 'goto' || target.target === 'none' || target.target === 'unknown') {
        throw new Error(`no model of ${target.target}`);
      } else return target.target === 'RETURN' ? undefined : target;
    }
    return undefined;
  }
}

function matches(
  { protocol, destination, inInterface, outInterface, matches: tests }: TableRule,
  packet: Packet,
): boolean {
  return (
    (protocol === undefined || protocol === packet.probe.protocol) &&
    (destination === undefined || lies(packet.address, destination.address)) &&
    (inInterface === undefined || (inInterface.name === packet.inInterface) !== (inInterface.invert ?? false)) &&
    (outInterface === undefined || (outInterface.name === packet.outInterface) !== (outInterface.invert ?? false)) &&
    tests.every((test) => passes(test, packet))
  );
}

/** 127.0.0.0 stands for 127.0.0.0/8, every other address for itself. */
function lies(address: string, base: string): boolean {
  return base === '127.0.0.0' ? address.startsWith('127.') : address === base;
}

function within(ports: PortSpan | undefined, port: number): boolean {
  return ports === undefined || (ports[0] <= port && port <= ports[1]);
}

/** Of TCP: a SYN, an ACK, or what the answer has. */
function flagsOf({ probe: { connection }, flags }: Packet): number {
  return flags ?? (connection === 'new' ? 0x02 : 0x10);
}

function passes(test: TableMatch, packet: Packet): boolean {
  const { port, address, connection } = packet.probe;
  switch (test.match) {
    case 'tcp':
      return (
        (test.syn !== true || connection === 'new') &&
        (test.notSyn !== true || connection !== 'new') &&
        (test.flags === undefined || (flagsOf(packet) & test.flags[0]) === test.flags[1]) &&
        within(test.sourcePorts, packet.sourcePort) &&
        within(test.destinationPorts, packet.port)
      );
    case 'udp':
      return within(test.sourcePorts, packet.sourcePort) && within(test.destinationPorts, packet.port);
    case 'mark':
      return (packet.mark & test.mask) === test.value;
    case 'conntrack':
      return (
        (test.notEstablished !== true || connection !== 'known') &&
        test.directionReply !== true &&
        (test.notTranslated !== true || (packet.port === port && packet.address === address))
      );
    case 'addrtype':
      return (test.invert ?? false) !== test.destinationTypes.includes(isOwn(packet) ? 'local' : 'unicast');
    case 'socket':
      return connection !== 'new';
    case 'comment':
      return true;
    case 'unknown':
      throw new Error(`no model of ${test.name}`);
  }
}
