import type { Command } from 'commander';
import { addDrainOptions, type DrainFlags, drainOptions, waitDrained } from './drain';
import { type FlowFlags, flowsOption } from './flows';
import { describePublication, print, printJson } from './output';
import { parsePort } from './port-spec';
import { findPublished, withSession } from './session';

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
      const drain = drainOptions(flags);
      const to = parsePort('targetPort', target);
      await withSession(command, async (session) => {
        await session.history.prepare();
        const published = await findPublished(session, name);
        await session.record(await published.retarget(to, { flows }));
        if (!session.json) print(describePublication(published.options));
        if (drain !== undefined) await waitDrained(session, published, drain);
        if (session.json) printJson({ published: published.options, ...(drain && { drained: true }) });
      });
    });
  addDrainOptions(retarget);
}
