import type { Command } from 'commander';
import { checkPorts } from '../rules/port';
import { describePublication, print, printJson } from './output';
import { findPublished, withSession } from './session';

export function moveCommand(root: Command): void {
  root
    .command('move')
    .summary('move a service to another public port')
    .description('Moves a service to another public port, atomically. Connections to the previous port go on.')
    .argument('<name>', 'name or public port')
    .argument('<port>', 'new public port, or a range such as 8000-8010')
    .addHelpText('after', '\nExamples:\n  portshift move web 8446\n  portshift move 8445 8446')
    .action(async (name: string, port: string, _flags: object, command: Command) => {
      const to = checkPorts('port', port);
      await withSession(command, async (session) => {
        await session.history.prepare();
        const published = await findPublished(session, name);
        await session.record(await published.move(to));
        if (session.json) printJson({ published: published.options });
        else print(describePublication(published.options));
      });
    });
}
