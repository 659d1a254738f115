import { checkAddress } from '../../model/address';
import { type Entry, parseEntry } from '../../model/entry';
import { addressOf, INTERFACE_BYTES, numberBytes, textOf } from './bytes';
import type { Hex } from './expression';
import type { NftElement } from './operation';
import { keyFields, paddedBytes } from './sets';
import type { ClosedSpec, MapSpec, NftSpec } from './spec';

/** The decoded key of an element. */
export interface ElementKey {
  /** The bytes of the key in front of the ports. */
  readonly prefix: Hex;
  /** The first and the last port, both included. */
  readonly first: number;
  readonly last: number;
}

export interface ElementContent {
  /** The data that the key maps to. Empty in a set. */
  readonly data: Hex;
  readonly comment: string;
}

/** A decoded element: its ports and its content, whatever the number of the kernel's elements for it. */
export interface PortElement extends ElementKey, ElementContent {}

const LAST_PORT = 65535;
const PORT_DIGITS = 4;

/** Returns the kernel's elements for a decoded element. */
export function encodeElement(spec: NftSpec, key: ElementKey, content: ElementContent): NftElement[] {
  const start = encodePoint(key, content);
  if (!spec.ranges) return [start];
  const { prefix, last } = key;
  if (prefix !== '') return [{ ...start, keyEnd: keyOf(prefix, last) }];
  if (last === LAST_PORT) return [{ ...start, openEnded: true }];
  return [start, { key: keyOf(prefix, last + 1), ends: true }];
}

/**
 * Returns the kernel's single element, for a set without ranges. The object is created with all of its properties at
 * once, which takes the least memory.
 */
export function encodePoint({ prefix, first }: ElementKey, { data, comment }: ElementContent): NftElement {
  const key = keyOf(prefix, first);
  if (comment === '') return data === '' ? { key } : { key, data };
  return data === '' ? { key, comment } : { key, data, comment };
}

function keyOf(prefix: Hex, port: number): Hex {
  const bytes = numberBytes(port, 2);
  // A field of a concatenation takes up 4 bytes.
  return prefix === '' ? bytes : `${prefix}${bytes}0000`;
}

export interface DecodedElement<T extends NftElement> extends PortElement {
  /** The kernel's element that has the counter. */
  readonly element: T;
}

/** Decodes the kernel's elements. A beginning or an end that forms no range goes to `rest`. */
export function* decodeElements<T extends NftElement>(
  spec: NftSpec,
  elements: readonly T[],
  rest: T[],
): Generator<DecodedElement<T>> {
  const prefixDigits = keyFields(spec)
    .slice(0, -1)
    .reduce((digits, field) => digits + 2 * paddedBytes(field), 0);
  const portAt = (key: Hex) => Number.parseInt(key.slice(prefixDigits, prefixDigits + PORT_DIGITS), 16);
  const decoded = (element: T, last: number): DecodedElement<T> => ({
    prefix: element.key.slice(0, prefixDigits),
    first: portAt(element.key),
    last,
    data: element.data ?? '',
    comment: element.comment ?? '',
    element,
  });
  if (!spec.ranges || prefixDigits > 0) {
    for (const one of elements) yield decoded(one, portAt(one.keyEnd ?? one.key));
    return;
  }
  let open: T | undefined;
  // Where one range ends and the next begins, the end comes first.
  const order = (one: T) => 2 * portAt(one.key) + (one.ends ? 0 : 1);
  for (const one of [...elements].sort((a, b) => order(a) - order(b))) {
    if (!one.ends) {
      if (open !== undefined) rest.push(open);
      open = one;
    } else if (open !== undefined) {
      yield decoded(open, portAt(one.key) - 1);
      open = undefined;
    } else if (portAt(one.key) > 0) {
      // At port 0, an end may stand alone: nft(8) puts one in front of the first range, which has no effect.
      rest.push(one);
    }
  }
  if (open !== undefined) yield decoded(open, LAST_PORT);
}

/**
 * Returns the entry whose primary element this may be, or undefined if there is no such entry. The elements that the
 * entry needs show whether it is that.
 */
export function decodeEntry(spec: NftSpec, element: PortElement): Entry | undefined {
  const { first, last } = element;
  const ports = first === last ? String(first) : `${first}-${last}`;
  try {
    return spec.kind === 'map' ? decodeMapped(spec, element, ports) : parseEntry(closedText(spec, ports));
  } catch {
    return undefined;
  }
}

function closedText(spec: ClosedSpec, ports: string): string {
  const options = [
    ...(spec.direct === 'local' ? ['local'] : []),
    ...(spec.deny === 'reject' ? ['reject'] : []),
    ...(spec.established === 'drop' ? ['cut'] : []),
    ...familyOption(spec),
  ];
  return `markDrop ${spec.protocol} ${ports}${optionText(options)}`;
}

/**
 * Decodes an element of a map by writing the entry's text, as `entryKey` does.
 * @throws FirewallError if an address is none that a rule can have
 */
function decodeMapped(spec: MapSpec, element: PortElement, ports: string): Entry | undefined {
  const { prefix, data, comment } = element;
  const target = Number.parseInt(data.slice(spec.via ? data.length - 2 * PORT_DIGITS : 0).slice(0, PORT_DIGITS), 16);
  const addressAt = spec.interface ? 2 * INTERFACE_BYTES : 0;
  const kind = spec.scope === 'both' || spec.scope === 'outside' ? 'redirect' : 'loopback';
  const words = [kind, spec.protocol, `${ports}>${target}`];
  if (spec.address) words.push(`at=${checkAddress('at', addressOf(prefix.slice(addressAt)))}`);
  if (spec.scope === 'loopback' && comment !== '') words.push(comment);
  if (spec.interface) words.push(`in=${textOf(prefix.slice(0, addressAt))}`);
  if (spec.via) words.push(`via=${checkAddress('via', addressOf(data.slice(0, -2 * PORT_DIGITS)))}`);
  const tail = comment.startsWith('name=') ? ` ${comment}` : unnamedTail(spec, comment);
  return parseEntry(words.join(' ') + tail);
}

/**
 * Returns the end of the text of an entry without a name, as in its key. The addresses of a redirect imply its family,
 * that of a loopback only if it is the target.
 */
function unnamedTail(spec: MapSpec, comment: string): string {
  if (spec.via || (spec.address && spec.scope === 'outside')) return '';
  if (spec.address) return comment === '' ? '' : ` ${comment}`;
  return optionText(familyOption(spec));
}

function familyOption({ family }: NftSpec): string[] {
  if (family === undefined) return [];
  return [family === 'ipv4' ? 'v4' : 'v6'];
}

function optionText(options: readonly string[]): string {
  return options.length === 0 ? '' : ` opt=${options.join(',')}`;
}
