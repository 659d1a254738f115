import assert from 'node:assert/strict';
import { type BackendName, type Firewall, openFirewall, type PublishOptions } from '../../lib';
import { type Family, Hosts, OUTSIDE_ADDRESSES, SERVER_ADDRESSES } from '../support/hosts';
import { ACK, Attacker, type Packet, type Reply, SYN } from './attacker';

export const PROTOCOLS = ['tcp', 'udp'] as const;
export const LOOPBACK: Readonly<Record<Family, string>> = { ipv4: '127.0.0.1', ipv6: '::1' };

/** One port in front of another, in each way in which that other one may be closed. */
export interface Published {
  readonly port: number;
  readonly targetPort: number;
  readonly options: Pick<PublishOptions, 'deny' | 'established' | 'direct'>;
}

export const PUBLISHED: readonly Published[] = [
  { port: 8445, targetPort: 8443, options: {} },
  { port: 8455, targetPort: 8453, options: { deny: 'reject' } },
  { port: 8465, targetPort: 8463, options: { established: 'drop' } },
  { port: 8475, targetPort: 8473, options: { established: 'drop', deny: 'reject' } },
  { port: 8485, targetPort: 8483, options: { direct: 'local' } },
];
export const TARGETS = PUBLISHED.map(({ targetPort }) => targetPort);

const SERVERS = PROTOCOLS.flatMap((protocol) => TARGETS.map((port) => `${protocol} ${port}`));

/** A host with servers behind published ports, whose own ports are closed, and attackers outside and inside. */
export class Stage {
  #lastPort = 20_000;
  #accepted: number[] = [];

  private constructor(
    readonly hosts: Hosts,
    readonly firewall: Firewall,
    readonly outside: Attacker,
    readonly inside: Attacker,
  ) {}

  static async create(backend: BackendName): Promise<Stage> {
    const hosts = await Hosts.create({ secondInterface: true });
    const { server, outside } = hosts;
    for (const kind of PROTOCOLS) {
      for (const port of TARGETS) await server.serve({ kind, id: `${kind} ${port}`, port });
    }
    // The attacker's kernel knows nothing of the connections that the attacker makes, and would reset them.
    const quiet = 'add table inet quiet; add chain inet quiet out { type filter hook output priority 0; }';
    await outside.namespace.exec('nft', [`${quiet}; add rule inet quiet out tcp flags & rst == rst drop`]);
    const firewall = await openFirewall({ backend, namespace: hosts.path });
    const [neighbour, local] = [
      await Attacker.outside(outside.namespace, server.namespace),
      Attacker.inside(server.namespace),
    ];
    const stage = new Stage(hosts, firewall, neighbour, local);
    await stage.publishAll();
    return stage;
  }

  async remove(): Promise<void> {
    await this.firewall.close();
    await this.hosts.remove();
  }

  async publishAll(): Promise<void> {
    const ports = PROTOCOLS.flatMap((protocol) =>
      PUBLISHED.map(({ port, targetPort, options }) => ({ protocol, port, targetPort, ...options })),
    );
    await this.firewall.publishAll(ports);
  }

  /** Takes note of what every server has got so far. */
  async remember(): Promise<void> {
    this.#accepted = await this.#acceptedByNow();
  }

  /** The servers that have got no connection and no datagram since. */
  async unseen(): Promise<string[]> {
    const now = await this.#acceptedByNow();
    return SERVERS.filter((_, index) => now[index] === this.#accepted[index]);
  }

  async assertUnseen(): Promise<void> {
    assert.deepEqual(await this.unseen(), SERVERS);
  }

  #acceptedByNow(): Promise<number[]> {
    return Promise.all(SERVERS.map((id) => this.hosts.server.servers.call('accepted', id)));
  }

  /** A packet from outside, by default a SYN or a datagram, from a port that nobody has used yet. */
  from(family: Family, packet: Partial<Packet> & Pick<Packet, 'port'>): Packet {
    this.#lastPort += 1;
    return {
      protocol: 'tcp',
      source: OUTSIDE_ADDRESSES[family][0],
      destination: SERVER_ADDRESSES[family][0],
      sourcePort: this.#lastPort,
      flags: SYN,
      data: '',
      ...packet,
    };
  }

  /** Asserts that the packets get an answer of a server, or with `false` that none does. */
  async expect(attacker: Attacker, packets: readonly Packet[], answered: boolean): Promise<void> {
    const replies = await attacker.send(packets);
    const wrong = packets.filter((_, index) => (replies[index] ?? []).some(isServed) !== answered);
    assert.deepEqual(wrong, [], answered ? 'got no answer' : 'got an answer');
  }
}

/** An answer that only a server gives: to a SYN, or data. */
function isServed({ flags = 0, data = '' }: Reply): boolean {
  return (flags & (SYN | ACK)) === (SYN | ACK) || data !== '';
}
