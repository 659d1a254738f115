import type { Rule } from '../../model/rule';
import type { Family, Protocol } from '../../model/table-rule';

/**
 * The purpose of a map or set in portshift's table. It determines everything about it: its name, its type, and the
 * rules that look it up. Entries that a packet is compared with in the same way share one, so that a lookup costs the
 * same for all of them.
 */
export type NftSpec = MapSpec | ClosedSpec;

interface Common {
  readonly protocol: Protocol;
  /** The family. Absent: both. It is always present with an address in the key or in the data. */
  readonly family?: Family;
  /** True if the keys are ranges of ports. */
  readonly ranges: boolean;
  /**
   * The number of the layer, from 1. Ranges that overlap cannot be in one set: each goes into the first layer that has
   * room.
   */
  readonly layer: number;
}

/**
 * The connections that a map is for: those from outside to any address of the host, or to the one in the key
 * (`outside`); those of the host itself, which are matched as they leave on `lo` (`inside`); `both`; or the host's own
 * to 127.0.0.0/8 and ::1 only (`loopback`).
 */
export type MapScope = 'both' | 'outside' | 'inside' | 'loopback';

export interface MapSpec extends Common {
  readonly kind: 'map';
  readonly scope: MapScope;
  /**
   * True if the elements are rules of their own. Otherwise they are parts of published ports, and may belong to
   * several.
   */
  readonly own: boolean;
  /** True if the interface is a part of the key. */
  readonly interface: boolean;
  /** True if the destination address is a part of the key. */
  readonly address: boolean;
  /** True if the data has an address. */
  readonly via: boolean;
}

/** A set of ports that are closed to packets addressed to them directly. */
export interface ClosedSpec extends Common {
  readonly kind: 'closed';
  readonly own: boolean;
  readonly direct: 'closed' | 'local';
  readonly deny: 'drop' | 'reject';
  readonly established: 'keep' | 'drop';
}

const PROTOCOLS: readonly Protocol[] = ['tcp', 'udp'];
const SCOPE_WORDS = { both: 'ports', outside: 'outside', inside: 'inside', loopback: 'loopback' } as const;
const SCOPES = new Map<string, MapScope>([
  ['ports', 'both'],
  ['outside', 'outside'],
  ['inside', 'inside'],
  ['loopback', 'loopback'],
]);

/**
 * The specs for ordinary published ports. Their sets exist as long as the table, so that such a port consists of
 * elements only.
 */
export const BASE_SPECS: readonly NftSpec[] = PROTOCOLS.flatMap((protocol): NftSpec[] => [
  {
    kind: 'map',
    protocol,
    scope: 'both',
    own: false,
    interface: false,
    address: false,
    via: false,
    ranges: false,
    layer: 1,
  },
  {
    kind: 'closed',
    protocol,
    own: false,
    direct: 'closed',
    deny: 'drop',
    established: 'keep',
    ranges: false,
    layer: 1,
  },
]);

/**
 * Returns the name of a set, such as `tcp_ports`, `udp_closed_local_v4` or `tcp_outside_if_ranges_2`. It is no word of
 * nft's language, so that nft can read its listing back.
 */
export function specName(spec: NftSpec): string {
  const words: string[] = [spec.protocol];
  if (spec.kind === 'map') {
    words.push(SCOPE_WORDS[spec.scope]);
    if (spec.own) words.push('rule');
    if (spec.interface) words.push('if');
  } else {
    words.push('closed');
    if (spec.own) words.push('rule');
    if (spec.direct === 'local') words.push('local');
    if (spec.deny === 'reject') words.push('reject');
    if (spec.established === 'drop') words.push('cut');
  }
  if (spec.family !== undefined) words.push(spec.family === 'ipv4' ? 'v4' : 'v6');
  if (spec.kind === 'map') {
    if (spec.address) words.push('addr');
    if (spec.via) words.push('via');
  }
  if (spec.ranges) words.push('ranges');
  if (spec.layer > 1) words.push(String(spec.layer));
  return words.join('_');
}

/**
 * Returns the spec of a set by its name, as the inverse of `specName`, or undefined for a name that `specName` never
 * returns.
 */
export function parseSpec(name: string): NftSpec | undefined {
  const [first, base = '', ...rest] = name.split('_');
  const protocol = PROTOCOLS.find((one) => one === first);
  if (protocol === undefined) return undefined;
  const words = new Set(rest);
  const last = Number(rest.at(-1));
  const common = {
    protocol,
    ranges: words.has('ranges'),
    layer: Number.isInteger(last) && last > 1 ? last : 1,
    ...(words.has('v4') && { family: 'ipv4' as const }),
    ...(words.has('v6') && { family: 'ipv6' as const }),
  };
  const spec = withKind(base, words, common);
  return spec !== undefined && specName(spec) === name ? spec : undefined;
}

function withKind(base: string, words: ReadonlySet<string>, common: Common): NftSpec | undefined {
  const scope = SCOPES.get(base);
  const own = words.has('rule');
  if (scope !== undefined) {
    return {
      kind: 'map',
      ...common,
      scope,
      own,
      interface: words.has('if'),
      address: words.has('addr'),
      via: words.has('via'),
    };
  }
  if (base !== 'closed') return undefined;
  return {
    kind: 'closed',
    ...common,
    own,
    direct: words.has('local') ? 'local' : 'closed',
    deny: words.has('reject') ? 'reject' : 'drop',
    established: words.has('cut') ? 'drop' : 'keep',
  };
}

/** Returns the kind of rule that the elements of a set count for. */
export function countedBy(spec: NftSpec): Rule['kind'] {
  if (spec.kind === 'closed') return 'markDrop';
  return spec.scope === 'both' || spec.scope === 'outside' ? 'redirect' : 'loopback';
}

/**
 * Returns true if the set may have primary elements. An entry is identified by its primary element, which carries what
 * its other elements do not.
 */
export function holdsHomes(spec: NftSpec): boolean {
  if (spec.kind === 'map') return spec.own || spec.scope === 'both' || spec.scope === 'outside';
  return spec.kind === 'closed' && spec.own;
}
