import type { Rule } from '../rules/rule';
import type { Family, Protocol } from '../tables/table-rule';

/**
 * What a map or set of portshift's table is for. It says everything about it: its name, its type, and the rules that look
 * it up. Entries that a packet is compared with in the same way share one, so that a lookup costs the same for all of them.
 */
export type NftSpec = MapSpec | ClosedSpec;

interface Common {
  readonly protocol: Protocol;
  /** Absent: both. Always there with an address in the key or in the data. */
  readonly family?: Family;
  /** Keys are ranges of ports. */
  readonly ranges: boolean;
  /** From 1. Ranges that overlap cannot be in one set; each goes into the first layer that has room. */
  readonly layer: number;
}

/**
 * Where connections to a port go: those from outside to any address of the host, or to the one in the key; those of the
 * host itself, which are seen as they leave on lo; `both`; or the host's own to 127.0.0.0/8 and ::1 only.
 */
export type MapScope = 'both' | 'outside' | 'inside' | 'loopback';

export interface MapSpec extends Common {
  readonly kind: 'map';
  readonly scope: MapScope;
  /** Elements are rules of their own; else they are parts of published ports, and may belong to several. */
  readonly own: boolean;
  /** The interface is a part of the key. */
  readonly interface: boolean;
  /** The destination address is a part of the key. */
  readonly address: boolean;
  /** The data has an address. */
  readonly via: boolean;
}

/** Ports that are denied to whoever names them. */
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

/** Those of ordinary published ports. They are there as long as the table is, so that such a port is elements only. */
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
 * The name of its set: `tcp_ports`, `udp_closed_local_v4`, `tcp_outside_if_ranges_2`. No word of nft's language, so that
 * the listing can be read back.
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

/** The inverse; undefined for a name that portshift does not give. */
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

/** The kind of rule that its elements count for. */
export function countedBy(spec: NftSpec): Rule['kind'] {
  if (spec.kind === 'closed') return 'markDrop';
  return spec.scope === 'both' || spec.scope === 'outside' ? 'redirect' : 'loopback';
}

/** Whether an element of it is what an entry is recognized by: the one that carries what the others do not say. */
export function holdsHomes(spec: NftSpec): boolean {
  if (spec.kind === 'map') return spec.own || spec.scope === 'both' || spec.scope === 'outside';
  return spec.kind === 'closed' && spec.own;
}
