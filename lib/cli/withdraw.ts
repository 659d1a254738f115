import type { Command } from 'commander';
import { copiesAfterChange } from './copies';
import { addDrainOptions, type DrainFlags, drainOptions, waitDrained } from './drain';
import { print, printJson } from './output';
import { findPublished, withSession } from './session';

export function withdrawCommand(root: Command): void {
  const withdraw = root
    .command('withdraw')
    .summary('take a service off its public port')
    .description('Takes a service off its public port and opens its target port to direct access again.')
    .argument('<name>', 'name or public port')
    .addHelpText('after', '\nExamples:\n  portshift withdraw web\n  portshift withdraw 8446')
    .action(async (name: string, flags: DrainFlags, command: Command) => {
      const drain = drainOptions(flags);
      await withSession(command, async (session) => {
        await session.history.prepare();
        const published = await findPublished(session, name);
        await session.record(await published.withdraw());
        if (!session.json) print(`${published.name}: withdrawn`);
        const found = await copiesAfterChange(session, published.options);
        if (drain !== undefined) await waitDrained(session, published, drain);
        if (session.json) printJson({ withdrawn: published.options, ...(drain && { drained: true }), ...found });
      });
    });
  addDrainOptions(withdraw);
}
