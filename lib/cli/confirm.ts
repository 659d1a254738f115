import type { Command } from 'commander';
import { confirmPending, findGuardian, forgetGuardian } from '../confirm/guardians';
import { globalsOf } from './globals';
import { print, printJson } from './output';
import { withNamespace } from './session';

export function confirmCommand(root: Command): void {
  root
    .command('confirm')
    .summary('keep a change that would be rolled back')
    .description('Keeps what `portshift apply --confirm-within` has changed; `portshift list` shows what waits.')
    .addHelpText('after', '\nExamples:\n  portshift confirm\n  portshift confirm --owner blue')
    .action(async (_flags: object, command: Command) => {
      const { namespace: path, owner, json } = globalsOf(command);
      await withNamespace(path, async (namespace) => {
        const place = { namespace, owner };
        // Confirming does not open the firewall, because it needs neither its privileges nor a backend.
        await confirmPending({ find: () => findGuardian(place), forget: () => forgetGuardian(place) });
      });
      if (json) printJson({ confirmed: true });
      else print('confirmed: the change stays');
    });
}
