import { hostWord, INTERFACE_BYTES, numberBytes, textBytes } from '../backends/nft';
import type { LookupSet } from './nft-set';
import { anyBut, bytesOf, concatenated, hexValue, sized, unknownValue, type Value } from './nft-value';
import { type Bits, changedBits, type Packet, type Passage, UNKNOWN_BITS } from './packet';
import { StructReader } from './xt-bytes';

/** The number of four-byte words in the registers. */
const WORDS = 16;

interface Slot {
  readonly at: number;
  readonly words: number;
  readonly value: Value;
}

/** The registers of one rule. */
export class Registers {
  readonly #slots: (Slot | undefined)[] = new Array<Slot | undefined>(WORDS).fill(undefined);

  store(register: number, value: Value): void {
    const at = wordOf(register);
    const words = Math.max(1, Math.ceil((value[0]?.bytes.length ?? 0) / 4));
    const slot = { at, words, value: sized(value, words * 4) };
    for (let word = at; word < Math.min(WORDS, at + words); word += 1) this.#slots[word] = slot;
  }

  load(register: number, length: number): Value {
    const parts: Value[] = [];
    let loaded = 0;
    for (let word = wordOf(register); loaded < length; ) {
      const slot = this.#slots[word];
      if (slot === undefined || slot.at !== word) return unknownValue(length);
      parts.push(slot.value);
      loaded += slot.words * 4;
      word += slot.words;
    }
    const [only, another] = parts;
    return sized(only !== undefined && another === undefined ? only : concatenated(parts), length);
  }
}

/** Returns the first word of a register. Registers 1 to 4 have 16 bytes each, those from 8 on have 4. */
function wordOf(register: number): number {
  return register >= 8 ? register - 8 : (register - 1) * 4;
}

/** A lookup of the sets of a table by name. */
export type Sets = (name: string) => LookupSet | undefined;

function bitsValue({ value, known }: Bits): Value {
  const [bytes] = hexValue(hostWord(value));
  const [mask] = hexValue(hostWord(known));
  return bytes === undefined || mask === undefined ? unknownValue(4) : [{ bytes: bytes.bytes, known: mask.bytes }];
}

const NFPROTO = { ipv4: 2, ipv6: 10 } as const;
const ETHERTYPE = { ipv4: '0800', ipv6: '86dd' } as const;

/** Returns the value of `meta KEY`. No bit is known of a key that portshift does not evaluate. */
export function metaValue(key: string, packet: Packet): Value {
  switch (key) {
    case 'l4proto':
      return hexValue(packet.protocol === 'tcp' ? '06' : '11');
    case 'nfproto':
      return hexValue(numberBytes(NFPROTO[packet.family], 1));
    case 'protocol':
      return hexValue(ETHERTYPE[packet.family]);
    case 'iifname':
      return names(packet.in);
    case 'oifname':
      return names(packet.out);
    case 'iif':
      return indices(packet.in);
    case 'oif':
      return indices(packet.out);
    case 'mark':
      return bitsValue(packet.mark);
    case 'pkttype':
      // The type is PACKET_HOST, also for a packet that comes back in on lo.
      return hexValue('00');
    default:
      return unknownValue(16);
  }
}

function names(passages: readonly Passage[] | undefined): Value {
  if (passages === undefined) return anyBut(bytesOf(textBytes('lo', INTERFACE_BYTES)));
  if (passages.length === 0) return hexValue(textBytes('', INTERFACE_BYTES));
  return passages.flatMap(({ name }) => hexValue(textBytes(name, INTERFACE_BYTES)));
}

function indices(passages: readonly Passage[] | undefined): Value {
  // The index of `lo` is 1 in every namespace.
  if (passages === undefined) return anyBut(bytesOf(hostWord(1)));
  if (passages.length === 0) return hexValue('00000000');
  return passages.flatMap(({ index }) => (index === undefined ? unknownValue(4) : hexValue(hostWord(index))));
}

/** The bits of linux/netfilter/nf_conntrack_common.h. */
const STATE = { new: 0x8, untracked: 0x40 } as const;
const STATUS_DNAT = 0x20;
/** The status bits that are known: expected, seen reply, assured, and destination NAT. */
const STATUS_KNOWN = 0x1 | 0x2 | 0x4 | STATUS_DNAT;

/** Returns the value of `ct KEY`, or undefined if the packet has no connection, which ends the rule. */
export function trackingValue(key: string, direction: string | undefined, packet: Packet): Value | undefined {
  if (key === 'state') return packet.states.flatMap((state) => hexValue(hostWord(STATE[state])));
  if (!packet.states.includes('new')) return undefined;
  switch (key) {
    case 'direction':
      return hexValue('00');
    case 'status':
      return bitsValue({ value: packet.isTranslated ? STATUS_DNAT : 0, known: STATUS_KNOWN });
    case 'mark':
      return bitsValue(packet.connectionMark);
    case 'protocol':
      return hexValue(packet.protocol === 'tcp' ? '06' : '11');
    case 'l3protocol':
      return hexValue(numberBytes(NFPROTO[packet.family], 1));
    case 'proto_dst':
      return direction === 'original' ? hexValue(numberBytes(packet.originalPort, 2)) : unknownValue(2);
    case 'zone':
      return unknownValue(2);
    default:
      return unknownValue(16);
  }
}

/** RTN_LOCAL of linux/rtnetlink.h. */
const LOCAL = 2;

/** Returns the bits that a value sets in a mark. */
export function bitsOf(value: Value): Packet['mark'] {
  const [only, another] = value;
  if (only === undefined || another !== undefined) return UNKNOWN_BITS;
  const [bytes, known] = [new StructReader(only.bytes), new StructReader(only.known)];
  return changedBits({ value: bytes.word(0), known: known.word(0) }, 0, 0);
}

/** Converts numbers of `size` bytes between the byte orders of the host and of the network. */
export function swapped(value: Value, size: number): Value {
  const turned = (bytes: Uint8Array) => {
    const all = bytes.slice();
    for (let at = 0; at < all.length; at += size) all.subarray(at, at + size).reverse();
    return all;
  };
  return LITTLE_ENDIAN ? value.map(({ bytes, known }) => ({ bytes: turned(bytes), known: turned(known) })) : value;
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * Returns the value of `fib FLAGS RESULT`. The type of the destination is local, as it is an address of this host; it
 * is unknown if the expression also tests the interface. A reverse path is present, as a client that gets answers has
 * one.
 */
export function fibValue(flags: string, result: string): Value {
  const asked = flags.split(' . ');
  if (asked.includes('saddr') && asked.includes('present')) return hexValue('01');
  if (result !== 'type' || flags !== 'daddr') return unknownValue(4);
  return hexValue(LITTLE_ENDIAN ? `0${LOCAL}000000` : `0000000${LOCAL}`);
}
