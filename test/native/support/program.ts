import { join } from 'node:path';
import type { CommandOptions, Output } from '../../support/command';
import type { Namespace } from '../../support/namespace';

const ROOT = join(__dirname, '..', '..', '..');

/** Runs one of test/native/programs in a process of its own, inside the namespace; `before` is put before `node`. */
export function runProgram(
  namespace: Namespace,
  name: string,
  args: readonly string[] = [],
  options: CommandOptions & { before?: readonly string[]; node?: readonly string[] } = {},
): Promise<Output> {
  const { before = [], node = [], ...rest } = options;
  const file = join(__dirname, '..', 'programs', `${name}.ts`);
  const command = [...before, process.execPath, ...node, '--require', 'tsx/cjs', file, ...args];
  return namespace.run('env', command, { cwd: ROOT, ...rest });
}
