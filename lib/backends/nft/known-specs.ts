import type { Family, Protocol } from '../../model/table-rule';
import type { ClosedSpec, MapScope, MapSpec, NftSpec } from './spec';

/** A spec in its first layer. `family` may be present and undefined. */
type Shape<Spec extends NftSpec> = Omit<Spec, 'layer' | 'family' | 'kind'> & { readonly family: Family | undefined };

/**
 * The specs in their first layer, each as one object, so that it need not be created again for each element that is
 * planned. There are a few hundred of them at most, and they are constant.
 */
const KNOWN = new Map<number, NftSpec>();

const SCOPE_NUMBERS: Readonly<Record<MapScope, number>> = { both: 0, outside: 1, inside: 2, loopback: 3 };

export function mapSpecOf(shape: Shape<MapSpec>): NftSpec {
  const { scope, own, interface: from, address, via } = shape;
  const code = 1 + KINDS * bits(bits(bits(bits(SCOPE_NUMBERS[scope], own), from), address), via);
  return known(code, shape) ?? know<MapSpec>(code, shape, { kind: 'map', ...withFamily(shape), layer: 1 });
}

export function closedSpecOf(shape: Shape<ClosedSpec>): NftSpec {
  const { own, direct, deny, established } = shape;
  const code = 2 + KINDS * bits(bits(bits(Number(own), direct === 'local'), deny === 'reject'), established === 'drop');
  return known(code, shape) ?? know<ClosedSpec>(code, shape, { kind: 'closed', ...withFamily(shape), layer: 1 });
}

const KINDS = 3;

function bits(number: number, bit: boolean): number {
  return 2 * number + (bit ? 1 : 0);
}

interface Common {
  readonly protocol: Protocol;
  readonly family: Family | undefined;
  readonly ranges: boolean;
}

/** Returns the number of all properties of a spec. `code` is the number of those that only its kind has. */
function numberOf(code: number, { protocol, family, ranges }: Common): number {
  const families = 3 * code + (family === undefined ? 0 : family === 'ipv4' ? 1 : 2);
  return bits(bits(families, protocol === 'udp'), ranges);
}

function known(code: number, common: Common): NftSpec | undefined {
  return KNOWN.get(numberOf(code, common));
}

function know<Spec extends NftSpec>(code: number, common: Common, spec: Spec): NftSpec {
  KNOWN.set(numberOf(code, common), spec);
  return spec;
}

function withFamily<Given extends { readonly family: Family | undefined }>({ family, ...rest }: Given) {
  return { ...rest, ...(family !== undefined && { family }) };
}
