import { addressBytes, numberBytes } from '../backends/nft';
import type { Packet } from './packet';
import { forEach, type Truth } from './truth';

/** A sequence of bytes, of which the bits set in `known` are known. */
export interface Known {
  readonly bytes: Uint8Array;
  readonly known: Uint8Array;
  /** A value that the bytes do not have, although the known bits would allow it. */
  readonly except?: Uint8Array;
}

/** The candidates for the contents of a register. */
export type Value = readonly Known[];

/** The maximum number of candidates that a concatenation keeps apart. With more, nothing is known of it. */
const MOST_CANDIDATES = 64;

export function unknownValue(length: number): Value {
  return [{ bytes: new Uint8Array(length), known: new Uint8Array(length) }];
}

/** Returns an unknown value that is not `except`. */
export function anyBut(except: Uint8Array): Value {
  return unknownValue(except.length).map((one) => ({ ...one, except }));
}

/** Returns true if the value is known not to be `data`. */
export function isExcepted({ except }: Known, data: Uint8Array): boolean {
  return except !== undefined && Buffer.compare(except, data) === 0;
}

export function knownValue(bytes: Uint8Array): Value {
  return [{ bytes, known: new Uint8Array(bytes.length).fill(0xff) }];
}

export function hexValue(hex: string): Value {
  return knownValue(bytesOf(hex));
}

export function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Returns true if all bits are known. */
export function isKnown({ known }: Known): boolean {
  return known.every((byte) => byte === 0xff);
}

/** Returns the bytes of a value that is known completely, or undefined for any other value. */
export function certain(value: Value): Uint8Array | undefined {
  const [only, another] = value;
  return only !== undefined && another === undefined && isKnown(only) ? only.bytes : undefined;
}

/** Evaluates a comparison with the operator `op`. Numbers are compared as bytes in network byte order. */
export function compares(value: Value, op: string, data: Uint8Array): Truth {
  if (op === 'eq') return forEach(value, (one) => equals(one, data));
  if (op === 'neq') return forEach(value, (one) => (equals(one, data) === 'unknown' ? 'unknown' : differs(one, data)));
  return forEach(value, (one) => {
    if (!isKnown(one)) return 'unknown';
    const order = Buffer.compare(one.bytes.subarray(0, data.length), data);
    const holds = { lt: order < 0, lte: order <= 0, gt: order > 0, gte: order >= 0 }[op];
    if (holds === undefined) return 'unknown';
    return holds ? 'yes' : 'no';
  });
}

function differs(one: Known, data: Uint8Array): Truth {
  return equals(one, data) === 'yes' ? 'no' : 'yes';
}

function equals(one: Known, data: Uint8Array): Truth {
  const { bytes, known } = one;
  if (isExcepted(one, data)) return 'no';
  let isCertain = bytes.length >= data.length;
  for (let index = 0; index < Math.min(bytes.length, data.length); index += 1) {
    const bits = known[index] ?? 0;
    if ((((bytes[index] ?? 0) ^ (data[index] ?? 0)) & bits) !== 0) return 'no';
    isCertain &&= bits === 0xff;
  }
  return isCertain ? 'yes' : 'unknown';
}

/** Returns (value & mask) ^ xor. */
export function masked(value: Value, mask: Uint8Array, xor: Uint8Array): Value {
  return value.map(({ bytes, known }) => ({
    bytes: bytes.map((byte, index) => ((byte & (known[index] ?? 0) & (mask[index] ?? 0)) ^ (xor[index] ?? 0)) & 0xff),
    known: known.map((bits, index) => bits | (~(mask[index] ?? 0) & 0xff)),
  }));
}

/** Returns the parts one after the other. */
export function concatenated(parts: readonly Value[]): Value {
  let all: Value = [{ bytes: new Uint8Array(0), known: new Uint8Array(0) }];
  for (const part of parts) {
    if (all.length * part.length > MOST_CANDIDATES) {
      all = all.slice(0, 1).flatMap((one) => unknownValue(one.bytes.length));
      all = all.map((one) => append(one, unknownValue(part[0]?.bytes.length ?? 0)[0]));
      continue;
    }
    all = all.flatMap((one) => part.map((other) => append(one, other)));
  }
  return all;
}

function append(one: Known, other: Known | undefined): Known {
  if (other === undefined) return one;
  return { bytes: joinBytes(one.bytes, other.bytes), known: joinBytes(one.known, other.known) };
}

function joinBytes(one: Uint8Array, other: Uint8Array): Uint8Array {
  const all = new Uint8Array(one.length + other.length);
  all.set(one);
  all.set(other, one.length);
  return all;
}

/** Returns each candidate cut to `length` bytes, or padded with zeros. */
export function sized(value: Value, length: number): Value {
  return value.map((one) => {
    const { bytes, known } = one;
    if (bytes.length === length) return one;
    const [sizedBytes, sizedKnown] = [new Uint8Array(length), new Uint8Array(length).fill(0xff)];
    sizedBytes.set(bytes.subarray(0, length));
    sizedKnown.set(known.subarray(0, length));
    return { bytes: sizedBytes, known: sizedKnown };
  });
}

/** Returns bytes of the packet's headers, or undefined if they are outside of the headers that are modelled here. */
export function payload(packet: Packet, base: string, offset: number, length: number): Value | undefined {
  const headers = base === 'network' ? networkHeaders(packet) : base === 'transport' ? [transportHeader(packet)] : [];
  const [first] = headers;
  if (first === undefined || offset + length > first.bytes.length) return undefined;
  const slices = headers.map(({ bytes, known }) => ({
    bytes: bytes.subarray(offset, offset + length),
    known: known.subarray(offset, offset + length),
  }));
  const seen = new Set<string>();
  return slices.filter(({ bytes, known }) => {
    const text = `${hexOf(bytes)} ${hexOf(known)}`;
    return !seen.has(text) && seen.add(text);
  });
}

class Header {
  readonly bytes: Uint8Array;
  readonly known: Uint8Array;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.known = new Uint8Array(length);
  }

  put(offset: number, hex: string, known?: string): this {
    this.bytes.set(bytesOf(hex), offset);
    this.known.set(known === undefined ? new Uint8Array(hex.length / 2).fill(0xff) : bytesOf(known), offset);
    return this;
  }
}

/** Returns one header for each address that the packet may go to. */
function networkHeaders({ family, protocol, source, destination }: Packet): Known[] {
  const number = protocol === 'tcp' ? '06' : '11';
  const onlySource = source?.length === 1 ? source[0] : undefined;
  const made = (to: string | undefined): Header => {
    const header = family === 'ipv4' ? new Header(20) : new Header(40);
    const [from, at] = family === 'ipv4' ? [12, 16] : [8, 24];
    if (family === 'ipv4') header.put(0, '45').put(6, '0000', '3fff').put(9, number);
    else header.put(0, '60', 'f0').put(6, number);
    if (onlySource !== undefined) header.put(from, onlySource);
    if (to !== undefined) header.put(at, to);
    return header;
  };
  return destination === undefined ? [made(undefined)] : destination.map(made);
}

/**
 * Returns the transport header. The flags of a TCP header are known, apart from those of congestion control: SYN is
 * set.
 */
function transportHeader({ protocol, destinationPort }: Packet): Known {
  const header = new Header(protocol === 'tcp' ? 20 : 8).put(2, numberBytes(destinationPort, 2));
  return protocol === 'tcp' ? header.put(13, '02', '3f') : header;
}

export function addressValue(address: string): Value {
  return hexValue(addressBytes(address));
}
