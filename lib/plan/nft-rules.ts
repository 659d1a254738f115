import type { Mark } from '../rules/mark';
import type { Family, Protocol } from '../tables/table-rule';
import { hostWord, INTERFACE_BYTES, numberBytes, textBytes } from './nft-bytes';
import type { Hex, NftExpression } from './nft-expression';
import type { NftChain } from './nft-operation';
import { keyFields, paddedBytes } from './nft-sets';
import { type ClosedSpec, type MapSpec, type NftSpec, type RejectedSpec, specName } from './nft-spec';

/** What every own rule carries as a comment. */
export const RULE_COMMENT = 'portshift';

/** Priorities of netfilter's hooks (linux/netfilter_ipv4.h): dstnat, mangle, filter. */
const DNAT_PRIORITY = -100;
const MANGLE_PRIORITY = -150;
const FILTER_PRIORITY = 0;

const NAT_PREROUTING: NftChain = {
  chain: 'nat_prerouting',
  type: 'nat',
  hook: 'prerouting',
  priority: DNAT_PRIORITY,
};
export const NAT_OUTPUT: NftChain = { chain: 'nat_output', type: 'nat', hook: 'output', priority: DNAT_PRIORITY };
export const MARK_PREROUTING: NftChain = {
  chain: 'mark_prerouting',
  type: 'filter',
  hook: 'prerouting',
  priority: MANGLE_PRIORITY,
};
export const DENY_INPUT: NftChain = { chain: 'deny_input', type: 'filter', hook: 'input', priority: FILTER_PRIORITY };

export const NFT_CHAINS: readonly NftChain[] = [NAT_PREROUTING, NAT_OUTPUT, MARK_PREROUTING, DENY_INPUT];

export interface NftRule {
  readonly chain: string;
  /** `first`: it must come before the rules that are `last`. */
  readonly position: 'first' | 'last';
  readonly expressions: readonly NftExpression[];
}

// Constants of the kernel: linux/in.h, linux/netfilter.h, linux/rtnetlink.h, linux/netfilter/nf_tables.h.
const PROTOCOLS: Readonly<Record<Protocol, number>> = { tcp: 6, udp: 17 };
const NFPROTO: Readonly<Record<Family, number>> = { ipv4: 2, ipv6: 10 };
const RTN_UNICAST = 1;
const RTN_LOCAL = 2;
const CT_STATE_INVALID = 1;
const CT_STATE_RELATED = 4;
const CT_STATE_NEW = 8;
const CT_STATE_UNTRACKED = 64;
const REJECT_TCP_RESET = { expr: 'reject', type: 1, code: 0 } as const;
const REJECT_PORT_UNREACHABLE = { expr: 'reject', type: 2, code: 1 } as const;

const equals = (data: Hex): NftExpression => ({ expr: 'cmp', op: 'eq', sreg: 1, data });

function familyIs(family: Family | undefined): NftExpression[] {
  if (family === undefined) return [];
  return [{ expr: 'meta', key: 'nfproto', dreg: 1 }, equals(numberBytes(NFPROTO[family], 1))];
}

/** nft does not print a family in front of a rejection, and so would lose it; what a packet is not, it prints. */
function familyIsNotTheOther(family: Family | undefined): NftExpression[] {
  if (family === undefined) return [];
  const other = NFPROTO[family === 'ipv4' ? 'ipv6' : 'ipv4'];
  return [
    { expr: 'meta', key: 'nfproto', dreg: 1 },
    { expr: 'cmp', op: 'neq', sreg: 1, data: numberBytes(other, 1) },
  ];
}

function protocolIs(protocol: Protocol): NftExpression[] {
  return [{ expr: 'meta', key: 'l4proto', dreg: 1 }, equals(numberBytes(PROTOCOLS[protocol], 1))];
}

/** `tcp flags syn / fin,syn,rst,ack`: packets that open a connection. */
const OPENING: readonly NftExpression[] = [
  { expr: 'payload', base: 'transport', offset: 13, length: 1, dreg: 1 },
  { expr: 'bitwise', sreg: 1, dreg: 1, mask: '17', xor: '00' },
  equals('02'),
];

const DESTINATION_TYPE: NftExpression = { expr: 'fib', flags: 'daddr', result: 'type', dreg: 1 };

/** `fib daddr type local`. */
const TO_THIS_HOST: readonly NftExpression[] = [DESTINATION_TYPE, equals(hostWord(RTN_LOCAL))];

/**
 * `fib daddr type != unicast`: local, broadcast and multicast addresses. A server of UDP with a wildcard address gets
 * broadcast and multicast datagrams as well.
 */
const NOT_UNICAST: readonly NftExpression[] = [
  DESTINATION_TYPE,
  { expr: 'cmp', op: 'neq', sreg: 1, data: hostWord(RTN_UNICAST) },
];

/** `ct state A,B`. */
function stateIsAnyOf(states: number): NftExpression[] {
  return [
    { expr: 'ct', key: 'state', dreg: 1 },
    { expr: 'bitwise', sreg: 1, dreg: 1, mask: hostWord(states), xor: hostWord(0) },
    { expr: 'cmp', op: 'neq', sreg: 1, data: hostWord(0) },
  ];
}

function interfaceIs(key: 'iifname' | 'oifname', op: 'eq' | 'neq', name: string): NftExpression[] {
  return [
    { expr: 'meta', key, dreg: 1 },
    { expr: 'cmp', op, sreg: 1, data: textBytes(name, INTERFACE_BYTES) },
  ];
}

/** Where the destination address is in the network header (struct iphdr, struct ipv6hdr). */
const DESTINATION = { ipv4: { offset: 16, length: 4 }, ipv6: { offset: 24, length: 16 } } as const;

/** `ip daddr 127.0.0.0/8` and `ip6 daddr ::1`. */
function loopbackAddress(family: Family): NftExpression[] {
  const { offset, length } = DESTINATION[family];
  return [
    { expr: 'payload', base: 'network', offset, length: family === 'ipv4' ? 1 : length, dreg: 1 },
    equals(family === 'ipv4' ? '7f' : numberBytes(1, 16)),
  ];
}

/** The registers of 4 bytes are 8 to 23; where 16 bytes begin, nft writes 1 to 4. */
function registerAt(offset: number): number {
  return offset % 16 === 0 ? 1 + offset / 16 : 8 + offset / 4;
}

/** Loads the key of a map into the registers from 1 on. */
function loadKey(spec: MapSpec): NftExpression[] {
  const loads: NftExpression[] = [];
  let offset = 0;
  for (const field of keyFields(spec)) {
    const dreg = registerAt(offset);
    const isFirst = offset === 0;
    offset += paddedBytes(field);
    if (field.bytes === 2) loads.push({ expr: 'payload', base: 'transport', offset: 2, length: 2, dreg });
    else if (isFirst && spec.interface) loads.push({ expr: 'meta', key: 'iifname', dreg });
    else loads.push({ expr: 'payload', base: 'network', ...DESTINATION[spec.family ?? 'ipv4'], dreg });
  }
  return loads;
}

/** DNAT to what the map says. To a bare port it keeps the address the client used, as the data has no other. */
function translate(spec: MapSpec): NftExpression[] {
  const set = specName(spec);
  const lookup: NftExpression = { expr: 'lookup', set, sreg: 1, dreg: 1 };
  if (!spec.via) return [...loadKey(spec), lookup, { expr: 'nat', type: 'dnat', family: 'inet', portReg: 1 }];
  const v6 = spec.family === 'ipv6';
  const family = v6 ? 'ip6' : 'ip';
  return [
    ...loadKey(spec),
    lookup,
    { expr: 'nat', type: 'dnat', family, addressReg: 1, portReg: registerAt(v6 ? 16 : 4) },
  ];
}

/**
 * The conditions of a map's rule, in the order in which nft has them when it reads its own listing back: where it
 * translates to an address, it does not print those that what follows implies, and puts them in front of that.
 */
function conditions(spec: MapSpec, where: readonly NftExpression[]): NftExpression[] {
  const { protocol, family, via, address } = spec;
  const packet = protocolIs(protocol);
  if (protocol === 'udp') {
    return via && !address ? [...familyIs(family), ...where, ...packet] : [...familyIs(family), ...packet, ...where];
  }
  const opening = [...packet, ...OPENING];
  return via && address ? [...opening, ...where, ...familyIs(family)] : [...familyIs(family), ...opening, ...where];
}

function mapRules(spec: MapSpec): NftRule[] {
  const { family, scope, address } = spec;
  const rule = ({ chain }: NftChain, expressions: readonly NftExpression[]): NftRule => ({
    chain,
    position: 'last',
    expressions: [...expressions, ...translate(spec)],
  });
  const leaving = interfaceIs('oifname', 'eq', 'lo');
  if (scope === 'loopback') {
    const families: readonly Family[] = family === undefined ? ['ipv4', 'ipv6'] : [family];
    return families.map((one) => {
      const own = [...leaving, ...familyIs(one), ...loopbackAddress(one)];
      return rule(NAT_OUTPUT, [...own, ...protocolIs(spec.protocol), ...(spec.protocol === 'tcp' ? OPENING : [])]);
    });
  }
  const rules: NftRule[] = [];
  if (scope !== 'inside') rules.push(rule(NAT_PREROUTING, conditions(spec, address ? [] : TO_THIS_HOST)));
  if (scope !== 'outside') rules.push(rule(NAT_OUTPUT, [...leaving, ...conditions(spec, [])]));
  return rules;
}

/** `tcp dport @SET`. The lookup comes last, as it counts. */
function portIn(set: string): NftExpression[] {
  return [
    { expr: 'payload', base: 'transport', offset: 2, length: 2, dreg: 1 },
    { expr: 'lookup', set, sreg: 1 },
  ];
}

/**
 * By the port that the client asked for, so that redirected connections do not match. A packet that connection tracking makes
 * nothing of, invalid or untracked, has no other port than its own, and is no less denied.
 */
function markRules(spec: ClosedSpec, mark: Mark): NftRule[] {
  const { protocol, family, direct } = spec;
  const set = specName(spec);
  const keep = spec.established === 'keep';
  const packet = [...protocolIs(protocol), ...(keep && protocol === 'tcp' ? OPENING : [])];
  const tracked: readonly NftExpression[] = [
    ...packet,
    ...(keep && protocol === 'udp' ? stateIsAnyOf(CT_STATE_NEW | CT_STATE_RELATED) : []),
    { expr: 'ct', key: 'direction', dreg: 1 },
    equals('00'),
    { expr: 'ct', key: 'proto_dst', dreg: 1, direction: 'original' },
    { expr: 'lookup', set, sreg: 1 },
  ];
  const others = [...stateIsAnyOf(CT_STATE_INVALID | CT_STATE_UNTRACKED), ...packet, ...portIn(set)];
  return [tracked, others].map((tests) => ({
    chain: MARK_PREROUTING.chain,
    position: 'last',
    expressions: [
      ...familyIs(family),
      ...(direct === 'local' ? interfaceIs('iifname', 'neq', 'lo') : []),
      ...(protocol === 'tcp' ? TO_THIS_HOST : NOT_UNICAST),
      ...tests,
      { expr: 'meta', key: 'mark', dreg: 1 },
      { expr: 'bitwise', sreg: 1, dreg: 1, mask: hostWord(~mark.mask), xor: hostWord(mark.value) },
      { expr: 'meta', key: 'mark', sreg: 1 },
    ],
  }));
}

function isMarked({ value, mask }: Mark): NftExpression[] {
  return [
    { expr: 'meta', key: 'mark', dreg: 1 },
    // As nft reads its own listing back: without a mask where all bits count.
    ...(mask === 0xffff_ffff
      ? []
      : [{ expr: 'bitwise', sreg: 1, dreg: 1, mask: hostWord(mask), xor: hostWord(0) } as const]),
    equals(hostWord(value)),
  ];
}

function rejectRule(spec: RejectedSpec, mark: Mark): NftRule {
  return {
    chain: DENY_INPUT.chain,
    position: 'first',
    expressions: [
      ...isMarked(mark),
      ...familyIsNotTheOther(spec.family),
      ...protocolIs(spec.protocol),
      ...portIn(specName(spec)),
      spec.protocol === 'tcp' ? REJECT_TCP_RESET : REJECT_PORT_UNREACHABLE,
    ],
  };
}

/** The rules that look a set up. */
export function rulesOf(spec: NftSpec, mark: Mark): NftRule[] {
  if (spec.kind === 'map') return mapRules(spec);
  return spec.kind === 'closed' ? markRules(spec, mark) : [rejectRule(spec, mark)];
}

/** The one rule that drops what is marked and got no answer, there while a port is closed so. */
export function dropRule(mark: Mark): NftRule {
  return {
    chain: DENY_INPUT.chain,
    position: 'last',
    expressions: [...isMarked(mark), { expr: 'immediate', verdict: 'drop' }],
  };
}
