import { familyOf } from '../../model/address';
import type { Hex } from './expression';

/** IFNAMSIZ of linux/if.h: the names of interfaces are padded with zeros to this number of bytes. */
export const INTERFACE_BYTES = 16;

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Returns a whole number of up to 32 bits in network byte order. */
export function numberBytes(value: number, bytes: number): Hex {
  let hex = '';
  for (let shift = 8 * (Math.min(bytes, 4) - 1); shift >= 0; shift -= 8) hex += BYTES[(value >>> shift) & 0xff];
  return bytes > 4 ? hex.padStart(2 * bytes, '0') : hex;
}

/** Returns 32 bits in the byte order of this host, as in marks and connection states. */
export function hostWord(value: number): Hex {
  const big = numberBytes(value >>> 0, 4);
  return LITTLE_ENDIAN ? reverse(big) : big;
}

export function hostWordOf(bytes: Hex): number {
  return Number.parseInt(LITTLE_ENDIAN ? reverse(bytes) : bytes, 16);
}

function reverse(bytes: Hex): Hex {
  return (bytes.match(/../g) ?? []).reverse().join('');
}

export function textBytes(text: string, bytes: number): Hex {
  let hex = '';
  for (let index = 0; index < text.length; index += 1) hex += numberBytes(text.charCodeAt(index), 1);
  return hex.padEnd(2 * bytes, '0');
}

export function textOf(bytes: Hex): string {
  const codes = (bytes.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16));
  const end = codes.indexOf(0);
  return String.fromCharCode(...(end < 0 ? codes : codes.slice(0, end)));
}

/** Returns the bytes of an address, which is in the canonical form of rules. */
export function addressBytes(address: string): Hex {
  if (familyOf(address) === 'ipv4') return quadBytes(address);
  const [head = '', tail = ''] = address.split('::');
  const last = groupBytes(tail);
  return groupBytes(head).padEnd(32 - last.length, '0') + last;
}

function quadBytes(address: string): Hex {
  return address
    .split('.')
    .map((part) => numberBytes(Number(part), 1))
    .join('');
}

/** The last two groups may be in the form of an IPv4 address, as inet_ntop(3) writes `::15.129.0.0`. */
function groupBytes(groups: string): Hex {
  if (groups === '') return '';
  return groups
    .split(':')
    .map((group) => (group.includes('.') ? quadBytes(group) : numberBytes(Number.parseInt(group, 16), 2)))
    .join('');
}

/** Returns the address of these bytes. An IPv6 address is not in canonical form, which the checks of rules produce. */
export function addressOf(bytes: Hex): string {
  if (bytes.length === 8) return (bytes.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).join('.');
  return (bytes.match(/..../g) ?? []).join(':');
}
