import type { Command } from 'commander';
import { copiesAfterChange, printCleared } from './copies';
import { describeChange, print, printJson } from './output';
import { withSession } from './session';

export function clearCommand(root: Command): void {
  root
    .command('clear')
    .summary('remove everything this owner has installed')
    .description(
      'Removes every rule of this owner and nothing else; `portshift rollback` brings them back. With --copies, removes ' +
        "instead the copies of its rules that are in other places: the other backend's, and what a migration has left.",
    )
    .option(
      '--copies',
      'only copies of the rules, in other places than the backend has them; rollback does not undo it',
    )
    .addHelpText('after', '\nExamples:\n  portshift clear\n  portshift clear --owner blue\n  portshift clear --copies')
    .action(async ({ copies }: { readonly copies?: boolean }, command: Command) => {
      await withSession(command, async ({ firewall, json, history, record }) => {
        if (copies) {
          const cleared = await firewall.clearCopies();
          if (json) printJson(cleared);
          else printCleared(cleared, firewall);
          return;
        }
        await history.prepare();
        const applied = await firewall.clear();
        await record(applied);
        const found = await copiesAfterChange({ firewall, json });
        if (json) printJson({ added: applied.added, removed: applied.removed, ...found });
        else print(...describeChange(applied));
      });
    });
}
