import type { Command } from 'commander';
import { findGuardian, forgetGuardian, releasePending } from '../confirm/guardians';
import type { Place } from '../state/place';
import { FirewallError, messageOf } from '../util/errors';
import { copiesAfterChange } from './copies';
import { describeChange, print, printJson, remark } from './output';
import { withSession } from './session';

export function rollbackCommand(root: Command): void {
  root
    .command('rollback')
    .summary('undo the last change made from the command line')
    .description('Restores exactly the rules from before the last change that was made from the command line.')
    .option('--force', 'even if the rules have changed since; undoes that as well')
    .addHelpText('after', '\nExamples:\n  portshift rollback')
    .action(async (flags: { readonly force?: boolean }, command: Command) => {
      await withSession(command, async ({ firewall, json, history }) => {
        const last = await history.read();
        if (last === undefined) {
          throw new FirewallError(
            'ERR_NOT_FOUND',
            `nothing to roll back: no change of owner "${firewall.owner}" was made from the command line in this namespace`,
          );
        }
        const applied = await firewall.restore(last.before, flags.force === true ? {} : { expect: last.after });
        const kept = await history.forget();
        if (kept !== undefined) remark(`the rules are back, but the record of the change stays: ${kept}`);
        await releaseGuardian(history.place);
        const { added, removed } = applied;
        const found = await copiesAfterChange({ firewall, json });
        if (json) printJson({ added, removed, ...found });
        else print(...describeChange(applied));
      });
    });
}

/** Ends the guardian. The rules are restored already, so a failure is only remarked on. */
async function releaseGuardian(place: Place): Promise<void> {
  try {
    await releasePending({ find: () => findGuardian(place), forget: () => forgetGuardian(place) });
  } catch (error) {
    remark(`the rules are back, but ${messageOf(error)}`);
  }
}
