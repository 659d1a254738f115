import fc from 'fast-check';
import type { Protocol } from '../../lib';

/** A public port and where it leads to. */
export interface Way {
  readonly protocol: Protocol;
  readonly port: number;
  readonly targetPort: number;
}

export interface Service extends Way {
  readonly name: string;
  readonly deny: 'drop' | 'reject';
}

export type Operation =
  | { readonly does: 'publish'; readonly service: Service }
  | { readonly does: 'publishAll'; readonly services: readonly Service[] }
  | { readonly does: 'move' | 'retarget'; readonly name: string; readonly to: number }
  | { readonly does: 'withdraw' | 'counters'; readonly name: string }
  | { readonly does: 'apply'; readonly ways: readonly Way[] }
  | { readonly does: 'update'; readonly add: readonly Way[]; readonly remove: readonly Way[] }
  | { readonly does: 'clear' | 'rollback' | 'reopen' | 'look' };

/** One after the other, or several at the same time; each with the number of the actor that makes it. */
export type Turn = readonly { readonly actor: number; readonly operation: Operation }[];

// Few of everything, so that calls meet. No public port is anybody's target.
const name = fc.constantFrom('a', 'b', 'c');
const port = fc.integer({ min: 1001, max: 1005 });
const targetPort = fc.integer({ min: 2001, max: 2003 });
const way: fc.Arbitrary<Way> = fc.record({ protocol: fc.constantFrom('tcp', 'udp'), port, targetPort });
const service: fc.Arbitrary<Service> = fc
  .tuple(way, name, fc.constantFrom('drop', 'reject'))
  .map(([where, named, deny]) => ({ ...where, name: named, deny }));
/** Rules of which no two lead one port to different places. */
const ways = fc.uniqueArray(way, { maxLength: 3, selector: (one) => `${one.protocol} ${one.port}` });

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: service.map((one) => ({ does: 'publish', service: one }) as const) },
  {
    weight: 3,
    arbitrary: fc.array(service, { maxLength: 3 }).map((services) => ({ does: 'publishAll', services }) as const),
  },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('move' as const), name, to: port }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('retarget' as const), name, to: targetPort }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constantFrom('withdraw' as const, 'counters' as const), name }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('apply' as const), ways }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('update' as const), add: ways, remove: ways }) },
  { weight: 1, arbitrary: fc.constant({ does: 'clear' } as const) },
  { weight: 3, arbitrary: fc.constant({ does: 'rollback' } as const) },
  { weight: 3, arbitrary: fc.constantFrom({ does: 'reopen' } as const, { does: 'look' } as const) },
);

/** Turns of up to so many of the actors at the same time. */
export function turns(actors: number): fc.Arbitrary<Turn[]> {
  const one = fc.record({ actor: fc.nat({ max: actors - 1 }), operation });
  const turn = fc.oneof(
    { weight: 3, arbitrary: fc.tuple(one) },
    { weight: 1, arbitrary: fc.uniqueArray(one, { minLength: 2, maxLength: 3, selector: ({ actor }) => actor }) },
  );
  return fc.array(turn, { minLength: 1, maxLength: 16, size: 'max' });
}
