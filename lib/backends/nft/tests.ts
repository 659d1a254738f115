import type { Family, Protocol } from '../../model/table-rule';
import { hostWord, INTERFACE_BYTES, numberBytes, textBytes } from './bytes';
import type { Hex, NftExpression } from './expression';

// Constants of the kernel: linux/in.h, linux/netfilter.h, linux/rtnetlink.h, linux/netfilter/nf_tables.h.
const PROTOCOLS: Readonly<Record<Protocol, number>> = { tcp: 6, udp: 17 };
const NFPROTO: Readonly<Record<Family, number>> = { ipv4: 2, ipv6: 10 };
const RTN_UNICAST = 1;
const RTN_LOCAL = 2;
const RTN_BROADCAST = 3;
const RTN_ANYCAST = 4;
const RTN_MULTICAST = 5;
export const CT_STATE_INVALID = 1;
export const CT_STATE_RELATED = 4;
export const CT_STATE_NEW = 8;
export const CT_STATE_UNTRACKED = 64;
export const CT_STATUS_DNAT = 32;
export const equals = (data: Hex): NftExpression => ({ expr: 'cmp', op: 'eq', sreg: 1, data });

export function familyIs(family: Family | undefined): NftExpression[] {
  if (family === undefined) return [];
  return [{ expr: 'meta', key: 'nfproto', dreg: 1 }, equals(numberBytes(NFPROTO[family], 1))];
}

/**
 * Returns a test that the family is not the other one. nft does not print a family in front of a rejection, and so
 * would lose it, but it prints a negated test.
 */
export function familyIsNotTheOther(family: Family | undefined): NftExpression[] {
  if (family === undefined) return [];
  const other = NFPROTO[family === 'ipv4' ? 'ipv6' : 'ipv4'];
  return [
    { expr: 'meta', key: 'nfproto', dreg: 1 },
    { expr: 'cmp', op: 'neq', sreg: 1, data: numberBytes(other, 1) },
  ];
}

export function protocolIs(protocol: Protocol): NftExpression[] {
  return [{ expr: 'meta', key: 'l4proto', dreg: 1 }, equals(numberBytes(PROTOCOLS[protocol], 1))];
}

/** The test `tcp flags syn / fin,syn,rst,ack`, which matches packets that open a connection. */
export const OPENING: readonly NftExpression[] = [
  { expr: 'payload', base: 'transport', offset: 13, length: 1, dreg: 1 },
  { expr: 'bitwise', sreg: 1, dreg: 1, mask: '17', xor: '00' },
  equals('02'),
];

const DESTINATION_TYPE: NftExpression = { expr: 'fib', flags: 'daddr', result: 'type', dreg: 1 };

const typeIsNot = (type: number): NftExpression => ({ expr: 'cmp', op: 'neq', sreg: 1, data: hostWord(type) });

/** The test `fib daddr type local`. */
export const TO_THIS_HOST: readonly NftExpression[] = [DESTINATION_TYPE, equals(hostWord(RTN_LOCAL))];

/**
 * The test `fib daddr type != unicast`. It matches broadcast and multicast, which a UDP server on a wildcard address
 * receives as well.
 */
export const NOT_UNICAST: readonly NftExpression[] = [DESTINATION_TYPE, typeIsNot(RTN_UNICAST)];

/**
 * The tests for packets that are not delivered to this host. The last one is for addresses that are in the routing
 * table of a VRF only: such an address is local on the interface that the packet came in on.
 */
export const NOT_FOR_THIS_HOST: readonly NftExpression[] = [
  ...[RTN_LOCAL, RTN_ANYCAST, RTN_BROADCAST, RTN_MULTICAST].flatMap((type) => [DESTINATION_TYPE, typeIsNot(type)]),
  { expr: 'fib', flags: 'daddr . iif', result: 'type', dreg: 1 },
  typeIsNot(RTN_LOCAL),
];

/** The test `tcp flags != syn / fin,syn,rst,ack`. */
export const NOT_OPENING: readonly NftExpression[] = [
  ...OPENING.slice(0, 2),
  { expr: 'cmp', op: 'neq', sreg: 1, data: '02' },
];

export function socketIs(key: 'wildcard' | 'transparent', value: 0 | 1): readonly NftExpression[] {
  return [{ expr: 'socket', key, dreg: 1 }, equals(numberBytes(value, 1))];
}

/** The test `tcp flags syn,ack / syn,ack`. */
export const SYN_ACK: readonly NftExpression[] = flagsAre('12', '12');

/** The test `tcp flags ack / rst,ack`. It matches packets that neither open a connection nor reset one. */
export const ACK_ALONE: readonly NftExpression[] = flagsAre('14', '10');

function flagsAre(mask: Hex, set: Hex): readonly NftExpression[] {
  return [...OPENING.slice(0, 1), { expr: 'bitwise', sreg: 1, dreg: 1, mask, xor: '00' }, equals(set)];
}

/** Returns the test `ct state A,B`. */
export function stateIsAnyOf(states: number): NftExpression[] {
  return [
    { expr: 'ct', key: 'state', dreg: 1 },
    { expr: 'bitwise', sreg: 1, dreg: 1, mask: hostWord(states), xor: hostWord(0) },
    { expr: 'cmp', op: 'neq', sreg: 1, data: hostWord(0) },
  ];
}

export function interfaceIs(key: 'iifname' | 'oifname', op: 'eq' | 'neq', name: string): NftExpression[] {
  return [
    { expr: 'meta', key, dreg: 1 },
    { expr: 'cmp', op, sreg: 1, data: textBytes(name, INTERFACE_BYTES) },
  ];
}

/** The place of the destination address in the network header (struct iphdr, struct ipv6hdr). */
export const DESTINATION = { ipv4: { offset: 16, length: 4 }, ipv6: { offset: 24, length: 16 } } as const;

/** Returns the test `ip daddr 127.0.0.0/8` or `ip6 daddr ::1`. */
export function loopbackAddress(family: Family): NftExpression[] {
  const { offset, length } = DESTINATION[family];
  return [
    { expr: 'payload', base: 'network', offset, length: family === 'ipv4' ? 1 : length, dreg: 1 },
    equals(family === 'ipv4' ? '7f' : numberBytes(1, 16)),
  ];
}
