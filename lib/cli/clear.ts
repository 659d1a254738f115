import type { Command } from 'commander';
import { describeChange, print, printJson } from './output';
import { withSession } from './session';

export function clearCommand(root: Command): void {
  root
    .command('clear')
    .summary('remove everything this owner has installed')
    .description('Removes every rule of this owner and nothing else; `portshift rollback` brings them back.')
    .addHelpText('after', '\nExamples:\n  portshift clear\n  portshift clear --owner blue')
    .action(async (_flags: object, command: Command) => {
      await withSession(command, async ({ firewall, json, history, record }) => {
        await history.prepare();
        const applied = await firewall.clear();
        await record(applied);
        if (json) printJson({ added: applied.added, removed: applied.removed });
        else print(...describeChange(applied));
      });
    });
}
