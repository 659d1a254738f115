import type { Family, Protocol } from '../tables/table-rule';
import type { ClosedSpec, MapScope, MapSpec, NftSpec, RejectedSpec } from './nft-spec';

/** A spec in its first layer; `family` may be there and undefined. */
type Shape<Spec extends NftSpec> = Omit<Spec, 'layer' | 'family' | 'kind'> & { readonly family: Family | undefined };

/**
 * Every spec in its first layer is one object, so that it need not be described again for each element that is planned.
 * They are a few hundred at most, and constant.
 */
const KNOWN = new Map<number, NftSpec>();

const SCOPE_NUMBERS: Readonly<Record<MapScope, number>> = { both: 0, outside: 1, inside: 2, loopback: 3 };

export function mapSpecOf(shape: Shape<MapSpec>): NftSpec {
  const { protocol, scope, own, interface: from, address, via, family, ranges } = shape;
  const code = codeOf(1, protocol, family, ranges, [SCOPE_NUMBERS[scope], own, from, address, via]);
  return KNOWN.get(code) ?? know<MapSpec>(code, { kind: 'map', ...withFamily(shape), layer: 1 });
}

export function closedSpecOf(shape: Shape<ClosedSpec>): NftSpec {
  const { protocol, own, direct, deny, established, family, ranges } = shape;
  const code = codeOf(2, protocol, family, ranges, [
    own,
    direct === 'local',
    deny === 'reject',
    established === 'drop',
  ]);
  return KNOWN.get(code) ?? know<ClosedSpec>(code, { kind: 'closed', ...withFamily(shape), layer: 1 });
}

export function rejectedSpecOf(shape: Shape<RejectedSpec>): NftSpec {
  const code = codeOf(3, shape.protocol, shape.family, shape.ranges, []);
  return KNOWN.get(code) ?? know<RejectedSpec>(code, { kind: 'rejected', ...withFamily(shape), layer: 1 });
}

function codeOf(
  kind: number,
  protocol: Protocol,
  family: Family | undefined,
  ranges: boolean,
  parts: readonly (number | boolean)[],
): number {
  let code = kind;
  code = code * 4 + (family === undefined ? 0 : family === 'ipv4' ? 1 : 2);
  code = code * 4 + (protocol === 'udp' ? 2 : 0) + (ranges ? 1 : 0);
  for (const part of parts) code = code * 4 + Number(part);
  return code;
}

function know<Spec extends NftSpec>(code: number, spec: Spec): NftSpec {
  KNOWN.set(code, spec);
  return spec;
}

function withFamily<Given extends { readonly family: Family | undefined }>({ family, ...rest }: Given) {
  return { ...rest, ...(family !== undefined && { family }) };
}
