import { hostWord, INTERFACE_BYTES } from './bytes';
import type { Hex } from './expression';
import type { NftSet } from './operation';
import { type MapSpec, type NftSpec, specName } from './spec';

/** A value of a key or of data. The type is nft's number for it (`enum datatypes`), by which nft prints it. */
export interface Field {
  readonly type: number;
  readonly bytes: number;
}

const PORT: Field = { type: 13, bytes: 2 };
const IPV4: Field = { type: 7, bytes: 4 };
const IPV6: Field = { type: 8, bytes: 16 };
const INTERFACE: Field = { type: 41, bytes: INTERFACE_BYTES };

/** The number of bits of one type in the number of a concatenation's type. */
const TYPE_BITS = 6;

/** Returns the length of a field in a concatenation, in which each field begins at a register of 4 bytes. */
export function paddedBytes({ bytes }: Field): number {
  return Math.ceil(bytes / 4) * 4;
}

export function keyFields(spec: NftSpec): readonly Field[] {
  if (spec.kind !== 'map') return [PORT];
  return [...(spec.interface ? [INTERFACE] : []), ...(spec.address ? [addressField(spec)] : []), PORT];
}

function dataFields(spec: NftSpec): readonly Field[] {
  if (spec.kind !== 'map') return [];
  return spec.via ? [addressField(spec), PORT] : [PORT];
}

function addressField({ family }: MapSpec): Field {
  return family === 'ipv6' ? IPV6 : IPV4;
}

function typeOf(fields: readonly Field[]): number {
  return fields.reduce((type, field) => (type << TYPE_BITS) | field.type, 0);
}

function lengthOf(fields: readonly Field[]): number {
  const [only] = fields;
  if (fields.length === 1 && only !== undefined) return only.bytes;
  return fields.reduce((length, field) => length + paddedBytes(field), 0);
}

/** Returns the set or map of a spec. */
export function setOf(spec: NftSpec): NftSet {
  const key = keyFields(spec);
  const data = dataFields(spec);
  return {
    set: specName(spec),
    keyType: typeOf(key),
    keyLength: lengthOf(key),
    ...(data.length > 0 && { dataType: typeOf(data), dataLength: lengthOf(data) }),
    interval: spec.ranges,
    ...(spec.ranges && key.length > 1 && { fields: key.map(({ bytes }) => bytes) }),
    counter: true,
    userData: byteOrders(key, data),
  };
}

const KEY_BYTE_ORDER = 0;
const DATA_BYTE_ORDER = 1;
const UNSPECIFIED = 0;
const BIG_ENDIAN = 2;

/** Returns the user data by which nft(8) prints keys and data. Concatenations have no byte order of their own. */
function byteOrders(key: readonly Field[], data: readonly Field[]): Hex {
  const record = (type: number, fields: readonly Field[]) =>
    `0${type}04${hostWord(fields.length > 1 ? UNSPECIFIED : BIG_ENDIAN)}`;
  return record(KEY_BYTE_ORDER, key) + (data.length > 0 ? record(DATA_BYTE_ORDER, data) : '');
}

/** Returns the flags NFT_SET_INTERVAL, NFT_SET_MAP and NFT_SET_CONCAT, as the kernel reports them. */
export function setFlags(set: NftSet): number {
  return (set.interval ? 0x4 : 0) | (set.dataType === undefined ? 0 : 0x8) | (set.fields === undefined ? 0 : 0x80);
}
