import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import { invalidArgument } from '../util/errors';
import type { Family } from './table-rule';

const ACCEPTED = "an IPv4 or IPv6 address of this host, such as '192.0.2.7' or '2001:db8::7', without prefix or zone";

export function familyOf(address: string): Family {
  return isIPv4(address) ? 'ipv4' : 'ipv6';
}

/**
 * Checks a unicast host address, and returns it in the text form of inet_ntop(3), which the kernel's tools print too.
 * @throws FirewallError ERR_INVALID_ARGUMENT
 */
export function checkAddress(field: string, value: unknown): string {
  if (typeof value !== 'string') throw invalidArgument(field, value, ACCEPTED);
  if (isIPv4(value)) {
    const first = Number(value.split('.')[0]);
    if (first === 0 || first >= 224) throw invalidArgument(field, value, `${ACCEPTED}; this one is no host's own`);
    return value;
  }
  if (!isIPv6(value) || value.includes('%')) throw invalidArgument(field, value, ACCEPTED);
  const { address } = new SocketAddress({ address: value, family: 'ipv6' });
  if (address.startsWith('::ffff:') && address.includes('.')) {
    throw invalidArgument(field, value, `the IPv4 address itself, '${address.slice('::ffff:'.length)}'`);
  }
  if (address === '::' || address.startsWith('ff')) {
    throw invalidArgument(field, value, `${ACCEPTED}; this one is no host's own`);
  }
  return address;
}

/** Returns true for addresses in 127.0.0.0/8 and for ::1. */
export function isLoopbackAddress(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
