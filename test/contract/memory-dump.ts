import type { MemoryKernel } from '../../lib';
import { commentOf, iptablesText } from '../backends/support/iptables-text';

/** Everything in the tables of a simulated kernel, much as iptables-save has it. */
export function dumpMemory(kernel: MemoryKernel): string {
  const lines: string[] = [];
  for (const family of kernel.families) {
    for (const table of ['filter', 'mangle', 'nat', 'security'] as const) {
      for (const [chain, rules] of kernel.chains({ family, table })) {
        lines.push(`${family} ${table} :${chain}`);
        for (const { rule } of rules)
          lines.push(`${family} ${table} -A ${chain} ${iptablesText(rule)} # ${commentOf(rule)}`);
      }
    }
  }
  return lines.join('\n');
}
