import { type MapScope, type MapSpec, type NftSpec, specName } from '../../../lib/backends/nft/spec';
import type { Family } from '../../../lib/model/table-rule';

const PROTOCOLS = ['tcp', 'udp'] as const;
const FAMILIES: readonly (Family | undefined)[] = [undefined, 'ipv4', 'ipv6'];
const SCOPES: readonly MapScope[] = ['both', 'outside', 'inside', 'loopback'];
const BOTH = [false, true];

/** Every map and set that there can be, in the first layer. */
export function allSpecs(): NftSpec[] {
  const specs = new Map<string, NftSpec>();
  for (const protocol of PROTOCOLS) {
    for (const family of FAMILIES) {
      for (const ranges of BOTH) {
        const common = { protocol, ranges, layer: 1, ...(family !== undefined && { family }) };
        for (const spec of [...mapSpecs(common), ...setSpecs(common)]) specs.set(specName(spec), spec);
      }
    }
  }
  return [...specs.values()];
}

type Common = Pick<NftSpec, 'protocol' | 'family' | 'ranges' | 'layer'>;

function mapSpecs(common: Common): MapSpec[] {
  const flags = BOTH.flatMap((own) =>
    BOTH.flatMap((address) => BOTH.flatMap((via) => BOTH.map((from) => ({ own, address, via, interface: from })))),
  );
  return SCOPES.flatMap((scope) => flags.map((one): MapSpec => ({ kind: 'map', ...common, scope, ...one }))).filter(
    isPossible,
  );
}

function isPossible({ scope, family, own, address, via, interface: from }: MapSpec): boolean {
  if ((address || via) && family === undefined) return false;
  if (address && scope === 'loopback') return false;
  if (from && scope !== 'outside') return false;
  return !own || scope === 'inside' || scope === 'loopback';
}

function* setSpecs(common: Common): Generator<NftSpec> {
  for (const own of BOTH) {
    for (const direct of ['closed', 'local'] as const) {
      for (const deny of ['drop', 'reject'] as const) {
        for (const established of ['keep', 'drop'] as const) {
          yield { kind: 'closed', ...common, own, direct, deny, established };
        }
      }
    }
  }
}
