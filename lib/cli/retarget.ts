import type { Command } from 'commander';
import { describePublication, print, printJson } from './output';
import { parsePort } from './port-spec';
import { findPublished, withSession } from './session';

export function retargetCommand(root: Command): void {
  root
    .command('retarget')
    .summary('send new connections to another target port')
    .description('Sends new connections to another target port, atomically. Connections to the previous one go on.')
    .argument('<name>', 'name or public port')
    .argument('<target>', 'port the other server listens on')
    .addHelpText('after', '\nExamples:\n  portshift retarget web 9443')
    .action(async (name: string, target: string, _flags: object, command: Command) => {
      const to = parsePort('targetPort', target);
      await withSession(command, async (session) => {
        await session.history.prepare();
        const published = await findPublished(session, name);
        await session.record(await published.retarget(to));
        if (session.json) printJson({ published: published.options });
        else print(describePublication(published.options));
      });
    });
}
