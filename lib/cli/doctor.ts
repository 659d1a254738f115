import type { Command } from 'commander';
import { diagnose } from '../doctor/diagnose';
import type { Finding } from '../doctor/finding';
import { gather } from '../doctor/gather';
import { globalsOf } from './globals';
import { print, printJson } from './output';

const SIGNS: Readonly<Record<Finding['level'], string>> = {
  fine: 'ok',
  note: 'note',
  warning: 'warning',
  problem: 'PROBLEM',
};

function linesOf({ level, text, remedy }: Finding): readonly string[] {
  return [`${SIGNS[level].padEnd(7)}  ${text}`, ...(remedy === undefined ? [] : [`         -> ${remedy}`])];
}

export function doctorCommand(root: Command): void {
  root
    .command('doctor')
    .summary('say what can be used here, and what gets in the way')
    .description(
      'Looks at the kernel, the backends, foreign firewalls and the servers behind the published ports. Exits with 1 if it finds a problem.',
    )
    .addHelpText('after', '\nExamples:\n  portshift doctor\n  portshift doctor --netns blue --json')
    .action(async (_flags: object, command: Command) => {
      const { json, firewall: options } = globalsOf(command);
      const findings = diagnose(await gather(options));
      if (json) printJson({ findings });
      else print(...findings.flatMap(linesOf));
      if (findings.some(({ level }) => level === 'problem')) process.exitCode = 1;
    });
}
