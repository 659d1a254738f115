import type { NativeChange } from '../../../lib/backends/iptc-addon';
import { operationsJson } from '../../../lib/backends/operations-json';
import { addon, closing } from '../support/tables';

export const BIG_STEPS = (['ipv4', 'ipv6'] as const).flatMap((family) =>
  (['filter', 'mangle', 'nat'] as const).map((table) => ({ family, table })),
);

/** A change of every table of both families, large enough to take a while. */
export function bigChange(chain = 'own-1'): NativeChange {
  const change = new (addon().Change)();
  for (const { family, table } of BIG_STEPS) {
    change.step(family, table, '');
    change.push(operationsJson([{ op: 'createChain', chain }]));
    const rules = Array.from({ length: 1000 }, (_, index) => closing(index + 1));
    change.push(
      operationsJson(
        rules.map((rule) => ({ op: 'append', chain, rule: { ...rule, target: { target: 'ACCEPT' } } }) as const),
      ),
    );
  }
  return change;
}
