import type { Command } from 'commander';
import { checkPorts } from '../model/port';
import { changePublished } from './change';
import { addDrainOptions, type DrainFlags } from './drain';
import { type FlowFlags, flowsOption } from './flows';

export function moveCommand(root: Command): void {
  const move = root
    .command('move')
    .summary('move a service to another public port')
    .description('Moves a service to another public port, atomically. Connections to the previous port go on.')
    .argument('<name>', 'name or public port')
    .argument('<port>', 'new public port, or a range such as 8000-8010')
    .addOption(flowsOption())
    .addHelpText(
      'after',
      `
Examples:
  portshift move web 8446
  portshift move 8445 8446
  portshift move web 8446 --wait-drained --timeout 60`,
    )
    .action(async (name: string, port: string, { flows, ...flags }: FlowFlags & DrainFlags, command: Command) => {
      const to = checkPorts('port', port);
      await changePublished(command, name, flags, (published) => published.move(to, { flows }));
    });
  addDrainOptions(move);
}
