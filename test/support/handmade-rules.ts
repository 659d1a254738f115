import type { Protocol } from './agent/protocol';
import { FAMILIES, type Hosts } from './hosts';

/** One port in front of another one, by rules that are installed with the real iptables. */
export interface HandmadeOptions {
  protocol: Protocol;
  port: number;
  targetPort: number;
  deny?: 'drop' | 'reject';
}

type Rule = string[];

const IPTABLES = { ipv4: 'iptables-legacy', ipv6: 'ip6tables-legacy' } as const;
const LOCAL = ['-m', 'addrtype', '--dst-type', 'LOCAL'];

/** Appends the rules for IPv4 and IPv6 on the server host. */
export async function install(hosts: Hosts, rules: Rule[]): Promise<void> {
  for (const family of FAMILIES) {
    for (const rule of rules) await hosts.server.namespace.exec(IPTABLES[family], ['-w', ...rule]);
  }
}

/** What portshift stands for, in the words of iptables; UDP for servers that ask for the address, as those of the tests do. */
export function publishedPort({ protocol, port, targetPort, deny = 'drop' }: HandmadeOptions): Rule[] {
  const opening = protocol === 'tcp' ? ['-p', 'tcp', '--syn'] : ['-p', 'udp'];
  const direct = ['--dport', String(targetPort), '-m', 'conntrack', '!', '--ctstate', 'DNAT', '--ctdir', 'ORIGINAL'];
  const dport = ['--dport', String(port)];
  const dnat = ['-j', 'DNAT', '--to-destination', `:${targetPort}`];
  const table = deny === 'drop' ? 'mangle' : 'filter';
  return [
    ['-t', 'nat', '-A', 'PREROUTING', ...opening, ...LOCAL, ...dport, ...dnat],
    ['-t', 'nat', '-A', 'OUTPUT', '-o', 'lo', ...opening, ...dport, ...dnat],
    ['-t', table, '-A', 'INPUT', ...opening, ...direct, '-j', ...verdict(protocol, deny)],
  ];
}

/** The recipe that everyone copies; portshift does not install it. */
export function classicRecipe({ protocol, port, targetPort }: HandmadeOptions): Rule[] {
  const dport = ['-p', protocol, '--dport', String(port)];
  const redirect = ['-j', 'REDIRECT', '--to-ports', String(targetPort)];
  const target = ['-p', protocol, '--dport', String(targetPort)];
  return [
    ['-t', 'nat', '-A', 'PREROUTING', ...dport, ...redirect],
    ['-t', 'mangle', '-A', 'PREROUTING', ...target, '-j', 'MARK', '--set-mark', '1'],
    ['-t', 'filter', '-A', 'INPUT', '-m', 'mark', '--mark', '1', '-j', 'DROP'],
    ['-t', 'nat', '-A', 'OUTPUT', '-o', 'lo', ...dport, ...redirect],
  ];
}

/** A reset, as the kernel overlooks an ICMP error that arrives on lo while connect() holds the socket. */
function verdict(protocol: Protocol, deny: 'drop' | 'reject'): string[] {
  if (deny === 'drop') return ['DROP'];
  return protocol === 'tcp' ? ['REJECT', '--reject-with', 'tcp-reset'] : ['REJECT'];
}
