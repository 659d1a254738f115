import { changeOf, closing } from '../support/tables';

export const BIG_STEPS = (['ipv4', 'ipv6'] as const).flatMap((family) =>
  (['filter', 'mangle', 'nat'] as const).map((table) => ({ family, table })),
);

/** A change of every table of both families, large enough to take a while. */
export function bigChange(chain = 'own-1'): string {
  const rules = Array.from({ length: 1000 }, (_, index) => closing(index + 1));
  const operations = [
    { op: 'createChain', chain } as const,
    ...rules.map((rule) => ({ op: 'append', chain, rule: { ...rule, target: { target: 'ACCEPT' } } }) as const),
  ];
  return changeOf(...BIG_STEPS.map((id) => ({ ...id, operations })));
}
