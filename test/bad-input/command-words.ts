import type { Command } from 'commander';
import { program, run } from '../../lib/cli/run';
import { TEXTS } from './hostile';

/** What comes before an option so that it alone decides; a command that is not here fails the test. */
export const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  portshift: ['list'],
  publish: ['publish', '8445:8443'],
  move: ['move', 'web', '8446'],
  retarget: ['retarget', 'web', '9443'],
  withdraw: ['withdraw', 'web'],
  list: ['list'],
  apply: ['apply', '/dev/null'],
  confirm: ['confirm'],
  rollback: ['rollback'],
  clear: ['clear'],
  watch: ['watch'],
  doctor: ['doctor'],
};
/** No argument of a process can hold a NUL. */
export const WORDS = TEXTS.filter((text) => !text.includes('\0'));

export interface Written {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line in this process, and keeps what it writes; a watch ends as soon as it has begun. */
export async function written(args: readonly string[]): Promise<Written> {
  const output = { stdout: '', stderr: '' };
  const writes = { stdout: process.stdout.write, stderr: process.stderr.write };
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].write = (text: string | Uint8Array) => {
      output[name] += String(text);
      if (/ watching the rules |"event":"watching"/.test(String(text))) setImmediate(() => process.emit('SIGTERM'));
      return true;
    };
  }
  try {
    return { code: await run(args), ...output };
  } finally {
    process.stdout.write = writes.stdout;
    process.stderr.write = writes.stderr;
    process.exitCode = undefined;
  }
}

export function commands(): readonly Command[] {
  const root = program();
  return [root, ...root.commands];
}

/** The words of a command line with that option, as the command or all commands have it. */
export function withOption(
  command: Command,
  tried: readonly string[],
  words = ARGUMENTS[command.name()] ?? [],
): string[] {
  return command.parent === null ? [...tried, ...words] : [...words, ...tried];
}

/** The same with that word as an argument. */
export function withArgument(command: Command, index: number, word: string): string[] {
  const words = [...(ARGUMENTS[command.name()] ?? [])];
  words[index + 1] = word;
  return [...words.slice(0, 1), '--', ...words.slice(1)];
}
