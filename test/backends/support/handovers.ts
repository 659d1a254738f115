import type { Entry } from '../../../lib/model/entry';
import { checkPublication, entriesOf, type PublishOptions } from '../../../lib/model/publication';
import { Ruleset } from '../../../lib/model/ruleset';
import { FirewallError } from '../../../lib/util/errors';
import { OWN_ADDRESSES } from './packet-walk';

/** What of a published port decides in which families its redirect is. */
const KINDS = {
  both: {},
  IPv4: { destination: OWN_ADDRESSES.ipv4[0] },
  IPv6: { destination: OWN_ADDRESSES.ipv6[0] },
} as const satisfies Readonly<Record<string, Partial<PublishOptions>>>;
type Kind = keyof typeof KINDS;
const KIND_NAMES = Object.keys(KINDS) as readonly Kind[];

const NAMES = ['a', 'b', 'c'];
const PORTS = [80, 81, 82];
const TARGETS = [8443, 8444, 8445];

/** What two of these services may concern. */
export const CLOSING_PORTS = [...PORTS.slice(0, 2), ...TARGETS.slice(0, 2)];

/** Services before and after they get each other's ports or targets: with that they get each other's names as well. */
export interface Handover {
  readonly from: readonly Entry[];
  readonly to: readonly Entry[];
}

/** Every order that the first `count` numbers can stand in. */
function permutations(count: number): number[][] {
  if (count === 0) return [[]];
  return permutations(count - 1).flatMap((rest) =>
    Array.from({ length: count }, (_, at) => [...rest.slice(0, at), count - 1, ...rest.slice(at)]),
  );
}

/** Every sequence of `count` kinds. */
function sequences(count: number): Kind[][] {
  if (count === 0) return [[]];
  return sequences(count - 1).flatMap((rest) => KIND_NAMES.map((kind) => [...rest, kind]));
}

function ruleset(
  kinds: readonly Kind[],
  ports: readonly number[],
  targets: readonly number[],
  options: Partial<PublishOptions>,
): readonly Entry[] | undefined {
  const all = new Ruleset();
  try {
    for (const [index, kind] of kinds.entries()) {
      const [port, targetPort] = [PORTS[ports[index] ?? 0], TARGETS[targets[index] ?? 0]];
      const one = checkPublication('', { name: NAMES[index], port, targetPort, ...KINDS[kind], ...options }, [
        'ipv4',
        'ipv6',
      ]);
      for (const entry of entriesOf(one)) all.add(entry);
    }
  } catch (error) {
    if (error instanceof FirewallError) return undefined;
    throw error;
  }
  return [...all.entries()];
}

/** Every change of that many services that hands their ports and targets round, and changes their families. */
export function* handovers(count: number, options: Partial<PublishOptions> = {}): Generator<Handover> {
  const first = [...Array(count).keys()];
  for (const before of sequences(count)) {
    const from = ruleset(before, first, first, options);
    if (from === undefined) continue;
    for (const after of sequences(count)) {
      for (const ports of permutations(count)) {
        for (const targets of permutations(count)) {
          const to = ruleset(after, ports, targets, options);
          if (to === undefined) continue;
          yield { from, to };
        }
      }
    }
  }
}
