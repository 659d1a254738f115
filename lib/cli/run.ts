import { Command, CommanderError } from 'commander';
import { applyCommand } from './apply';
import { clearCommand } from './clear';
import { confirmCommand } from './confirm';
import { doctorCommand } from './doctor';
import { addGlobalOptions } from './globals';
import { listCommand } from './list';
import { moveCommand } from './move';
import { describeError } from './output';
import { publishCommand } from './publish';
import { retargetCommand } from './retarget';
import { rollbackCommand } from './rollback';
import { watchCommand } from './watch';
import { withdrawCommand } from './withdraw';

const EXAMPLES = `
Examples:
  portshift publish 8445:8443 --name web   the server on 8443 is reached on 8445; 8443 is closed
  portshift move web 8446                  now on 8446; connections to 8445 go on
  portshift retarget web 9443              new connections go to the server on 9443
  portshift rollback                       undo the last of these commands
  portshift withdraw web                   back to where it began
  portshift list                           what is published, and what was counted

Exit codes: 0 done, 1 it failed, 2 wrong usage or input.`;

const COMMANDS: Readonly<Record<string, (root: Command) => void>> = {
  publish: (root) => publishCommand(root),
  move: (root) => moveCommand(root),
  retarget: (root) => retargetCommand(root),
  withdraw: (root) => withdrawCommand(root),
  list: (root) => listCommand(root),
  apply: (root) => applyCommand(root),
  confirm: (root) => confirmCommand(root),
  rollback: (root) => rollbackCommand(root),
  clear: (root) => clearCommand(root),
  watch: (root) => watchCommand(root),
  doctor: (root) => doctorCommand(root),
};

/** Returns the root command of commander with the named commands and their options. Default: all commands. */
export function program(names: readonly string[] = Object.keys(COMMANDS)): Command {
  const { version } = require('../../package.json') as { version: string };
  const root = addGlobalOptions(
    new Command('portshift')
      .description("Moves a service's public port without restarting the service.")
      .version(version),
  )
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(see portshift --help)')
    .helpCommand(true);
  for (const name of names) COMMANDS[name]?.(root);
  for (const command of [root, ...root.commands]) command.exitOverride().configureOutput({ writeErr: () => {} });
  for (const command of root.commands) command.configureHelp({ showGlobalOptions: true });
  return root;
}

/**
 * Returns the commands that these arguments may name, or all of them. Most of the start-up time of a process is spent
 * on loading modules.
 */
function mayBeNamed(args: readonly string[]): readonly string[] {
  const all = Object.keys(COMMANDS);
  const named = all.filter((name) => args.includes(name));
  const asksForHelp = args.some((arg) => ['help', '--help', '-h'].includes(arg));
  return named.length === 0 || asksForHelp ? all : named;
}

/** Runs the command line. Returns the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const json = args.includes('--json');
  try {
    await program(mayBeNamed(args)).parseAsync(args, { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const { text, code } = describeError(error, json);
    process.stderr.write(`${text}\n`);
    return code;
  }
}
