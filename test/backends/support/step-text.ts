import type { Step, TableOperation } from '../../../lib/model/table-step';
import { commentOf, iptablesText } from './iptables-text';

/** The steps as `ipv4 nat: OPERATIONS`, chains without the owner's prefix. */
export function stepTexts(steps: readonly Step[]): string[] {
  return steps.map(
    ({ family, table, operations }) => `${family} ${table}: ${operations.map(operationText).join('; ')}`,
  );
}

/** The same for one family, whose name is left out. */
export function stepTextsOf(family: Step['family'], steps: readonly Step[]): string[] {
  return stepTexts(steps.filter((step) => step.family === family)).map((text) => text.slice('ipv4 '.length));
}

/** `+pre redirect tcp 80>8443`: the entry whose rule goes in at the end (`+`), at the top (`^`) or out (`-`). */
function operationText(operation: TableOperation): string {
  const chain = operation.chain.replace('portshift.', '');
  switch (operation.op) {
    case 'createChain':
      return `new ${chain}`;
    case 'deleteChain':
      return `gone ${chain}`;
    default: {
      const sign = { insert: '^', append: '+', delete: '-' }[operation.op];
      const comment = commentOf(operation.rule)?.replace(/^portshift ?/, '');
      return `${sign}${chain} ${comment || iptablesText(operation.rule).replace(/.*-j portshift\./, 'jump ')}`;
    }
  }
}
