import assert from 'node:assert/strict';
import {
  type Firewall,
  type FirewallOptions,
  loopback,
  markDrop,
  openFirewall,
  type PublishOptions,
  type Rule,
  redirect,
} from '../../../lib';
import { Namespace } from '../../support/namespace';

/** A namespace of its own for each test, and the firewalls opened in it. */
export class NftHost {
  readonly #opened: Firewall[] = [];

  private constructor(readonly namespace: Namespace) {}

  static async create(): Promise<NftHost> {
    return new NftHost(await Namespace.create());
  }

  async open(options: FirewallOptions = {}): Promise<Firewall> {
    const firewall = await openFirewall({ backend: 'nft', namespace: this.namespace.path, ...options });
    this.#opened.push(firewall);
    return firewall;
  }

  /** Runs nft(8) inside and gives what it prints. */
  async nft(...args: string[]): Promise<string> {
    return (await this.namespace.exec('nft', args)).stdout;
  }

  /** Feeds a ruleset to nft(8) inside. */
  async load(ruleset: string): Promise<void> {
    await this.namespace.exec('nft', ['-f', '-'], { input: ruleset });
  }

  list(): Promise<string> {
    return this.nft('list', 'ruleset');
  }

  async remove(): Promise<void> {
    for (const firewall of this.#opened) await firewall.close();
    await this.namespace.remove();
  }
}

/** Published ports of every kind that has a map or set of its own. */
export const PUBLISHED: readonly PublishOptions[] = [
  { name: 'web', port: 8445, targetPort: 8443 },
  { name: 'dns', protocol: 'udp', port: 53, targetPort: 5353 },
  { name: 'range', port: '8000-8010', targetPort: 7000 },
  { name: 'last', protocol: 'udp', port: '60000-65535', targetPort: 7000 },
  { name: 'outside', port: 8100, targetPort: 7100, loopback: false },
  { name: 'at4', port: 8200, targetPort: 7200, destination: '192.0.2.7' },
  { name: 'at6', port: '8210-8215', targetPort: 7201, destination: '2001:db8::7', deny: 'reject' },
  { name: 'in', port: 8300, targetPort: 7300, interface: 'eth0', direct: 'local' },
  { name: 'in-range', port: '8310-8320', targetPort: 7300, interface: 'eth1', direct: 'local', deny: 'reject' },
  { name: 'in-at', port: 8330, targetPort: 7330, interface: 'eth1', destination: '192.0.2.7', established: 'drop' },
  {
    name: 'in-at6',
    port: '8340-8349',
    targetPort: 7340,
    interface: 'eth1',
    destination: '2001:db8::7',
    direct: 'open',
  },
  { name: 'via4', port: 8400, targetPort: 7400, targetAddress: '192.0.2.7' },
  { name: 'via6', protocol: 'udp', port: '8410-8419', targetPort: 7410, targetAddress: '2001:db8::7', deny: 'reject' },
  { name: 'at-via4', port: 8420, targetPort: 7420, destination: '192.0.2.8', targetAddress: '192.0.2.7' },
  { name: 'at-via6', port: '8430-8439', targetPort: 7430, destination: '2001:db8::8', targetAddress: '2001:db8::7' },
  { name: 'in-via6', port: 8450, targetPort: 7450, interface: 'eth2', targetAddress: '2001:db8::7' },
  {
    name: 'everything',
    protocol: 'udp',
    port: '8500-8510',
    targetPort: 7500,
    interface: 'eth3',
    destination: '2001:db8::8',
    targetAddress: '2001:db8::7',
    direct: 'local',
    deny: 'reject',
    established: 'drop',
    loopback: false,
  },
];

/** Rules that are no parts of published ports, of every kind that has a map or set of its own. */
export const RULES: readonly Rule[] = [
  redirect({ port: 80, targetPort: 8080 }),
  redirect({ port: '81-90', targetPort: 8080, family: 'ipv6' }),
  redirect({ protocol: 'udp', port: 80, targetPort: 8080, family: 'ipv4' }),
  loopback({ port: 80, targetPort: 8080 }),
  loopback({ protocol: 'udp', port: '81-90', targetPort: 8080, destination: '192.0.2.7' }),
  loopback({ port: 91, targetPort: 8080, destination: '2001:db8::7', family: 'ipv6' }),
  loopback({ port: 92, targetPort: 8080, destination: '127.0.0.5' }),
  loopback({ port: 92, targetPort: 8080, destination: '127.0.0.6' }),
  loopback({ port: 93, targetPort: 8080, destination: '2001:db8::7', targetAddress: '2001:db8::8' }),
  loopback({ port: 94, targetPort: 8080, destination: '192.0.2.7', family: 'ipv6' }),
  markDrop({ port: 8080 }),
  markDrop({ port: 8443 }),
  markDrop({ protocol: 'udp', port: '9000-9010' }),
  markDrop({ protocol: 'udp', port: '9005-9015' }),
  markDrop({
    protocol: 'udp',
    port: '9010-9020',
    direct: 'local',
    deny: 'reject',
    established: 'drop',
    family: 'ipv6',
  }),
  markDrop({ protocol: 'udp', port: '9015-9025', deny: 'reject', family: 'ipv6' }),
];

/** The installed rules, one line each. */
export async function textsOf(firewall: Firewall): Promise<string[]> {
  return (await firewall.rules()).map(({ text }) => text).sort();
}

/** Publishes and installs all of the above. */
export async function installAll(firewall: Firewall): Promise<string[]> {
  for (const one of PUBLISHED) await firewall.publish(one);
  await firewall.update({ add: RULES });
  const texts = await textsOf(firewall);
  const parts = PUBLISHED.map(
    ({ direct, loopback: local }) => 1 + (direct === 'open' ? 0 : 1) + (local === false ? 0 : 1),
  );
  assert.equal(
    texts.length,
    parts.reduce((sum, count) => sum + count, RULES.length),
  );
  return texts;
}
