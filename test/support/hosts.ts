import { Host } from './host';

export type Family = 'ipv4' | 'ipv6';
export const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];

/** The first address of eth0, and that of eth3: each interface leads to a subnet where the outside has an address too. */
export const SERVER_ADDRESSES = { ipv4: ['10.77.0.1', '198.51.100.1'], ipv6: ['fd77::1', '2001:db8::1'] } as const;
/**
 * On eth0, in the subnet of the primary address. The kernel answers from the primary address there: without REDIRECT, UDP
 * works only with a server that is bound to it.
 */
export const SECONDARY_ADDRESSES = { ipv4: '10.77.0.2', ipv6: 'fd77::2' } as const;
/** Of both hosts' eth0 as its zone, so that it serves from both sides; from the server host itself the way is `lo`. */
export const LINK_LOCAL_ADDRESS = 'fe80::1%eth0';
/** The subnet-router anycast address (RFC 4291, 2.6.1) of eth0, which the server host has with HostsOptions.router. */
export const ANYCAST_ADDRESS = 'fd77::';
export const OUTSIDE_ADDRESSES = { ipv4: ['10.77.0.9', '198.51.100.9'], ipv6: ['fd77::9', '2001:db8::9'] } as const;
/** On eth1, with HostsOptions.secondInterface. */
export const SECOND_ADDRESSES = { ipv4: '10.78.0.1', ipv6: 'fd78::1' } as const;
/** Behind the server host, with HostsOptions.third. */
export const THIRD_ADDRESSES = { ipv4: '10.79.0.3', ipv6: 'fd79::3' } as const;

export interface HostsOptions {
  /** Another veth pair between the same two hosts: eth1. */
  secondInterface?: boolean;
  /** A host that the outside reaches through the server host as its router. */
  third?: boolean;
  /** The server host forwards IPv6 and so has anycast addresses; `third` makes it a router as well. */
  router?: boolean;
}

/** The host that serves, a host outside, and what joins them. Every address answers at once. */
export class Hosts {
  private constructor(
    readonly server: Host,
    readonly outside: Host,
    readonly third: Host | undefined,
  ) {}

  static async create(options: HostsOptions = {}): Promise<Hosts> {
    const hosts: Host[] = [];
    try {
      for (let count = options.third ? 3 : 2; count > 0; count -= 1) hosts.push(await Host.create());
      await Promise.all(hosts.map(unlimitIcmp));
      const [server, outside, third] = hosts as [Host, Host, Host | undefined];
      await join(server, 'eth0', outside, 'eth0');
      await address(server, 'eth0', [...nth(SERVER_ADDRESSES, 0), ...both(SECONDARY_ADDRESSES), 'fe80::1']);
      await address(outside, 'eth0', [...nth(OUTSIDE_ADDRESSES, 0), 'fe80::9']);
      await join(server, 'eth3', outside, 'eth3');
      await address(server, 'eth3', [...nth(SERVER_ADDRESSES, 1), 'fe80::1']);
      await address(outside, 'eth3', [...nth(OUTSIDE_ADDRESSES, 1), 'fe80::9']);
      if (options.secondInterface) await addSecondInterface(server, outside);
      if (options.router) await sysctl(server, { 'ipv6/conf/all/forwarding': 1 });
      if (third) await addThird(server, outside, third);
      return new Hosts(server, outside, third);
    } catch (error) {
      await Promise.all(hosts.map((host) => host.namespace.remove()));
      throw error;
    }
  }

  /** Where to point openFirewall({ namespace }) at. */
  get path(): string {
    return this.server.namespace.path;
  }

  async remove(): Promise<void> {
    const hosts = this.third ? [this.server, this.outside, this.third] : [this.server, this.outside];
    await Promise.all(hosts.map((host) => host.namespace.remove()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove();
  }
}

export function family(address: string): Family {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}

async function join(a: Host, aInterface: string, b: Host, bInterface: string): Promise<void> {
  const peer = ['peer', 'name', bInterface, 'netns', String(b.namespace.pid)];
  await a.namespace.exec('ip', ['link', 'add', 'name', aInterface, 'type', 'veth', ...peer]);
}

function nth(addresses: Record<Family, readonly [string, string]>, index: 0 | 1): string[] {
  return FAMILIES.map((family) => addresses[family][index]);
}

function both(addresses: Record<Family, string | readonly string[]>): string[] {
  return [addresses.ipv4, addresses.ipv6].flat();
}

/**
 * Without duplicate address detection, which would leave the IPv6 addresses unusable for a second or two; the
 * link-local one is given for the same reason. The kernel prefers the last IPv6 address and the first IPv4 address.
 */
async function address(host: Host, name: string, addresses: string[]): Promise<void> {
  const ipv4 = addresses.filter((address) => family(address) === 'ipv4');
  const ipv6 = addresses.filter((address) => family(address) === 'ipv6').reverse();
  const lines = [
    ...ipv4.map((address) => `addr add ${address}/24 dev ${name}`),
    ...ipv6.map((address) => `addr add ${address}/64 dev ${name} nodad`),
  ];
  await ip(host, [`link set ${name} addrgenmode none`, `link set ${name} up`, ...lines]);
}

async function addSecondInterface(server: Host, outside: Host): Promise<void> {
  await join(server, 'eth1', outside, 'eth1');
  await address(server, 'eth1', [...both(SECOND_ADDRESSES), 'fe80::1']);
  await address(outside, 'eth1', ['10.78.0.9', 'fd78::9', 'fe80::9']);
}

async function addThird(server: Host, outside: Host, third: Host): Promise<void> {
  await join(server, 'eth2', third, 'eth0');
  await address(server, 'eth2', ['10.79.0.1', 'fd79::1', 'fe80::1']);
  await address(third, 'eth0', [...both(THIRD_ADDRESSES), 'fe80::3']);
  await ip(third, ['route add default via 10.79.0.1', 'route add default via fd79::1']);
  await ip(outside, ['route add 10.79.0.0/24 via 10.77.0.1', 'route add fd79::/64 via fd77::1']);
  await sysctl(server, { 'ipv4/ip_forward': 1, 'ipv6/conf/all/forwarding': 1 });
}

/** Else the kernel holds most ICMP errors back, and a refused UDP port looks like a silent one. */
async function unlimitIcmp(host: Host): Promise<void> {
  await sysctl(host, { 'ipv4/icmp_ratemask': 0, 'ipv6/icmp/ratemask': 255 });
}

async function sysctl(host: Host, values: Record<string, number>): Promise<void> {
  const lines = Object.entries(values).map(([name, value]) => `echo ${value} > /proc/sys/net/${name}`);
  await host.namespace.exec('sh', ['-ec', lines.join('\n')]);
}

async function ip(host: Host, lines: string[]): Promise<void> {
  await host.namespace.exec('ip', ['-batch', '-'], { input: `${lines.join('\n')}\n` });
}
