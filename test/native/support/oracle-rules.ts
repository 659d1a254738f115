import { CHAIN_IDS, CHAINS, jumpRule } from '../../../lib/backends/iptc/chains';
import { guardRules } from '../../../lib/backends/iptc/guards';
import type { Family, TableMatch, TableName, TableRule } from '../../../lib/model/table-rule';

/** A rule, and what iptables is told to install the same one. */
export interface OracleRule {
  readonly table: TableName;
  readonly chain: string;
  readonly rule: TableRule;
  readonly iptables: string;
}

/** Chains that the rules below jump to or lie in; they exist in every table. */
export const ORACLE_CHAINS: readonly string[] = ['own-1', 'own-web'];

const SYN: TableMatch = { match: 'tcp', syn: true };
const LOCAL: TableMatch = { match: 'addrtype', destinationTypes: ['local'] };
const LOCAL_TEXT = '-m addrtype --dst-type LOCAL';

const tcp = (first: number, last = first): TableMatch => ({ match: 'tcp', syn: true, destinationPorts: [first, last] });
const udp = (first: number, last = first): TableMatch => ({ match: 'udp', destinationPorts: [first, last] });

interface Addresses {
  readonly host: string;
  readonly hostMask: string;
  readonly net: string;
  readonly netMask: string;
  readonly netText: string;
  readonly destination: string;
  readonly portUnreachable: string;
}

const ADDRESSES: Readonly<Record<Family, Addresses>> = {
  ipv4: {
    host: '195.33.1.38',
    hostMask: '255.255.255.255',
    net: '127.0.0.0',
    netMask: '255.0.0.0',
    netText: '127.0.0.0/8',
    destination: '10.1.2.3',
    portUnreachable: 'icmp-port-unreachable',
  },
  ipv6: {
    host: 'fd00::38',
    hostMask: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
    net: 'fd00:1::',
    netMask: 'ffff:ffff::',
    netText: 'fd00:1::/32',
    destination: '[fd00::3]',
    portUnreachable: 'icmp6-port-unreachable',
  },
};

function natRules({ host, hostMask, net, netMask, netText, destination }: Addresses): OracleRule[] {
  const into = { table: 'nat', chain: 'own-1' } as const;
  const address = destination.replace(/[[\]]/g, '');
  return [
    {
      ...into,
      rule: { protocol: 'tcp', matches: [tcp(8445), LOCAL], target: { target: 'REDIRECT', port: 8443 } },
      iptables: `-p tcp -m tcp --syn --dport 8445 ${LOCAL_TEXT} -j REDIRECT --to-ports 8443`,
    },
    {
      ...into,
      rule: {
        protocol: 'tcp',
        destination: { address: host, mask: hostMask },
        inInterface: { name: 'eth0' },
        matches: [tcp(8445), { match: 'comment', comment: 'portshift tcp/8445 "web" ünï' }],
        target: { target: 'REDIRECT', port: 1 },
      },
      iptables: `-p tcp -d ${host} -i eth0 -m tcp --syn --dport 8445 -m comment --comment 'portshift tcp/8445 "web" ünï' -j REDIRECT --to-ports 1`,
    },
    {
      ...into,
      rule: { protocol: 'udp', matches: [udp(5000, 5010), LOCAL], target: { target: 'REDIRECT', port: 65535 } },
      iptables: `-p udp -m udp --dport 5000:5010 ${LOCAL_TEXT} -j REDIRECT --to-ports 65535`,
    },
    {
      table: 'nat',
      chain: 'OUTPUT',
      rule: {
        protocol: 'tcp',
        outInterface: { name: 'lo' },
        destination: { address: net, mask: netMask },
        matches: [tcp(8000, 8010)],
        target: { target: 'DNAT', port: 8443 },
      },
      iptables: `-o lo -p tcp -d ${netText} -m tcp --syn --dport 8000:8010 -j DNAT --to-destination :8443`,
    },
    {
      ...into,
      rule: { protocol: 'udp', matches: [udp(53)], target: { target: 'DNAT', address, port: 5353 } },
      iptables: `-p udp -m udp --dport 53 -j DNAT --to-destination ${destination}:5353`,
    },
    {
      table: 'nat',
      chain: 'PREROUTING',
      rule: { protocol: 'tcp', matches: [SYN], target: { target: 'jump', chain: 'own-1' } },
      iptables: '-p tcp -m tcp --syn -j own-1',
    },
    {
      table: 'nat',
      chain: 'PREROUTING',
      rule: { protocol: 'tcp', matches: [tcp(1024, 65535)], target: { target: 'goto', chain: 'own-web' } },
      iptables: '-p tcp -m tcp --syn --dport 1024:65535 -g own-web',
    },
  ];
}

function mangleRules({ host, hostMask }: Addresses): OracleRule[] {
  const into = { table: 'mangle', chain: 'own-1' } as const;
  return [
    {
      ...into,
      rule: {
        protocol: 'tcp',
        matches: [tcp(8443, 8443), LOCAL, { match: 'conntrack', notTranslated: true, directionOriginal: true }],
        target: { target: 'MARK', value: 0x1000, mask: 0x1000 },
      },
      iptables: `-p tcp -m tcp --syn --dport 8443 ${LOCAL_TEXT} -m conntrack ! --ctstate DNAT --ctdir ORIGINAL -j MARK --set-xmark 0x1000/0x1000`,
    },
    {
      ...into,
      rule: {
        protocol: 'udp',
        inInterface: { name: 'lo', invert: true },
        matches: [
          { match: 'udp', destinationPorts: [5000, 5010] },
          { match: 'conntrack', notEstablished: true, notTranslated: true, directionOriginal: true },
        ],
        target: { target: 'MARK', value: 0xffffffff, mask: 0xffffffff },
      },
      iptables:
        '-p udp ! -i lo -m udp --dport 5000:5010 -m conntrack ! --ctstate ESTABLISHED,DNAT --ctdir ORIGINAL -j MARK --set-xmark 0xffffffff/0xffffffff',
    },
    {
      ...into,
      rule: {
        protocol: 'tcp',
        outInterface: { name: 'lo', invert: true },
        matches: [{ match: 'tcp', sourcePorts: [8443, 8443], flags: [0x12, 0x12] }],
        target: { target: 'DROP' },
      },
      iptables: '-p tcp ! -o lo -m tcp --sport 8443 --tcp-flags SYN,ACK SYN,ACK -j DROP',
    },
    {
      ...into,
      rule: {
        protocol: 'tcp',
        matches: [{ match: 'tcp', sourcePorts: [8443, 8443], flags: [0x14, 0x10] }],
        target: { target: 'DROP' },
      },
      iptables: '-p tcp -m tcp --sport 8443 --tcp-flags RST,ACK ACK -j DROP',
    },
    {
      ...into,
      rule: {
        protocol: 'tcp',
        matches: [{ match: 'tcp', sourcePorts: [8443, 8443], notSyn: true }],
        target: { target: 'DROP' },
      },
      iptables: '-p tcp -m tcp --sport 8443 ! --syn -j DROP',
    },
    {
      ...into,
      rule: {
        protocol: 'udp',
        outInterface: { name: 'lo' },
        matches: [{ match: 'udp', sourcePorts: [5353, 5360] }],
        target: { target: 'DROP' },
      },
      iptables: '-p udp -o lo -m udp --sport 5353:5360 -j DROP',
    },
    {
      ...into,
      rule: {
        matches: [{ match: 'conntrack', notTranslated: true, directionReply: true }],
        target: { target: 'DROP' },
      },
      iptables: '-m conntrack ! --ctstate DNAT --ctdir REPLY -j DROP',
    },
    {
      table: 'mangle',
      chain: 'PREROUTING',
      rule: {
        protocol: 'udp',
        matches: [{ match: 'conntrack', notEstablished: true }],
        target: { target: 'jump', chain: 'own-web' },
      },
      iptables: '-p udp -m conntrack ! --ctstate ESTABLISHED -j own-web',
    },
    {
      ...into,
      rule: {
        source: { address: host, mask: hostMask, invert: true },
        inInterface: { name: 'eth+' },
        matches: [],
        target: { target: 'RETURN' },
      },
      iptables: `! -s ${host} -i eth+ -j RETURN`,
    },
  ];
}

function filterRules({ portUnreachable }: Addresses): OracleRule[] {
  const into = { table: 'filter', chain: 'own-1' } as const;
  const mark: TableMatch = { match: 'mark', value: 0x1000, mask: 0x1000 };
  const marked = '-m mark --mark 0x1000/0x1000';
  const unreachable = { target: 'REJECT', with: 'port-unreachable' } as const;
  return [
    { ...into, rule: { matches: [mark], target: { target: 'DROP' } }, iptables: `${marked} -j DROP` },
    { ...into, rule: { matches: [mark], target: { target: 'ACCEPT' } }, iptables: `${marked} -j ACCEPT` },
    { ...into, rule: { matches: [mark], target: { target: 'none' } }, iptables: marked },
    {
      ...into,
      rule: { protocol: 'tcp', matches: [mark], target: { target: 'REJECT', with: 'tcp-reset' } },
      iptables: `-p tcp ${marked} -j REJECT --reject-with tcp-reset`,
    },
    {
      ...into,
      rule: { protocol: 'udp', matches: [mark], target: unreachable },
      iptables: `-p udp ${marked} -j REJECT --reject-with ${portUnreachable}`,
    },
    {
      ...into,
      rule: { matches: [mark], target: unreachable },
      iptables: `${marked} -j REJECT --reject-with ${portUnreachable}`,
    },
    { ...into, rule: { protocol: 47, matches: [], target: { target: 'DROP' } }, iptables: '-p 47 -j DROP' },
    {
      table: 'filter',
      chain: 'INPUT',
      rule: { matches: [mark], target: { target: 'jump', chain: 'own-1' } },
      iptables: `${marked} -j own-1`,
    },
    {
      table: 'filter',
      chain: 'INPUT',
      rule: {
        protocol: 'udp',
        matches: [
          { match: 'udp', destinationPorts: [1, 9] },
          { match: 'comment', comment: 'x'.repeat(255) },
        ],
        target: { target: 'jump', chain: 'own-web' },
      },
      iptables: `-p udp -m udp --dport 1:9 -m comment --comment ${'x'.repeat(255)} -j own-web`,
    },
  ];
}

/** The guards of the redirects, as they are written. */
function guards(family: Family): OracleRule[] {
  const types =
    family === 'ipv4'
      ? '-m addrtype ! --dst-type LOCAL,ANYCAST,BROADCAST,MULTICAST'
      : '-m addrtype ! --dst-type LOCAL,ANYCAST -m addrtype ! --dst-type MULTICAST';
  const texts = [
    `${types} -m addrtype ! --dst-type LOCAL --limit-iface-in -m comment --comment 'portshift guard' -j RETURN`,
    "-p tcp -m tcp ! --syn -m socket -m comment --comment 'portshift guard' -j RETURN",
  ];
  return guardRules(family).map((rule, index) => ({
    table: 'nat',
    chain: 'own-web',
    rule,
    iptables: texts[index] ?? '',
  }));
}

/** The jump of each own chain, as it is written, to one of the chains that exist here. */
function jumps(): OracleRule[] {
  const direct = '--ctdir ORIGINAL -m comment --comment portshift -j own-1';
  const texts = {
    pre: '-m comment --comment portshift -j own-1',
    out: '-m comment --comment portshift -j own-1',
    syn: `-p tcp -m tcp --syn -m conntrack ! --ctstate DNAT ${direct}`,
    new: `-p udp -m conntrack ! --ctstate ESTABLISHED,DNAT ${direct}`,
    tcp: `-p tcp -m conntrack ! --ctstate DNAT ${direct}`,
    udp: `-p udp -m conntrack ! --ctstate DNAT ${direct}`,
    in: `-m conntrack ! --ctstate DNAT ${direct}`,
    sec: `-m conntrack ! --ctstate DNAT ${direct}`,
    lo: '-i lo -p udp -m conntrack ! --ctstate DNAT --ctdir REPLY -m comment --comment portshift -j own-1',
    ans: '-p tcp -m conntrack ! --ctstate ESTABLISHED,DNAT -m comment --comment portshift -j own-1',
    mark: `-m addrtype --dst-type LOCAL -m conntrack ! --ctstate DNAT ${direct}`,
  } as const satisfies Readonly<Record<keyof typeof CHAINS, string>>;
  return CHAIN_IDS.map((id) => {
    const { table, hook, test } = CHAINS[id];
    return { table, chain: hook, rule: jumpRule('own-1', test), iptables: texts[id] };
  });
}

/** What a REJECT has behind it, in a table that only some hosts use. */
const SECURITY_RULES: readonly OracleRule[] = [
  {
    table: 'security',
    chain: 'own-1',
    rule: { protocol: 'tcp', matches: [tcp(8443)], target: { target: 'DROP' } },
    iptables: '-p tcp -m tcp --syn --dport 8443 -j DROP',
  },
];

/** One of each kind of rule that portshift writes. */
export function oracleRules(family: Family): OracleRule[] {
  const addresses = ADDRESSES[family];
  return [
    ...natRules(addresses),
    ...guards(family),
    ...mangleRules(addresses),
    ...filterRules(addresses),
    ...SECURITY_RULES,
    ...jumps(),
  ];
}
