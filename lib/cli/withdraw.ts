import type { Command } from 'commander';
import { print, printJson } from './output';
import { findPublished, withSession } from './session';

export function withdrawCommand(root: Command): void {
  root
    .command('withdraw')
    .summary('take a service off its public port')
    .description('Takes a service off its public port and opens its target port to direct access again.')
    .argument('<name>', 'name or public port')
    .addHelpText('after', '\nExamples:\n  portshift withdraw web\n  portshift withdraw 8446')
    .action(async (name: string, _flags: object, command: Command) => {
      await withSession(command, async (session) => {
        await session.history.prepare();
        const published = await findPublished(session, name);
        await session.record(await published.withdraw());
        if (session.json) printJson({ withdrawn: published.options });
        else print(`${published.name}: withdrawn`);
      });
    });
}
