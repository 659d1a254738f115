import type { Command } from 'commander';
import { changePublished } from './change';
import { addDrainOptions, type DrainFlags } from './drain';
import { type FlowFlags, flowsOption } from './flows';
import { parsePort } from './port-spec';

export function retargetCommand(root: Command): void {
  const retarget = root
    .command('retarget')
    .summary('send new connections to another target port')
    .description('Sends new connections to another target port, atomically. Connections to the previous one go on.')
    .argument('<name>', 'name or public port')
    .argument('<target>', 'port the other server listens on')
    .addOption(flowsOption())
    .addHelpText(
      'after',
      `
Examples:
  portshift retarget web 9443
  portshift retarget web 9443 --wait-drained && systemctl stop blue
  portshift retarget dns 5354 --flows follow`,
    )
    .action(async (name: string, target: string, { flows, ...flags }: FlowFlags & DrainFlags, command: Command) => {
      const to = parsePort('targetPort', target);
      await changePublished(command, name, flags, (published) => published.retarget(to, { flows }));
    });
  addDrainOptions(retarget);
}
