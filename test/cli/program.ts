import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../support/command';

const ROOT = join(__dirname, '..', '..');
const PROGRAM = join(ROOT, 'dist', 'bin', 'portshift.js');

let built: Promise<string> | undefined;

/** The program as it is installed; built anew where it is missing or older than its sources. */
export function builtProgram(): Promise<string> {
  built ??= build();
  return built;
}

async function build(): Promise<string> {
  if (isUpToDate()) return PROGRAM;
  const { code, stdout } = await run('npm', ['run', '--silent', 'build:lib'], {
    cwd: ROOT,
    timeout: 60_000,
  });
  if (code !== 0) throw new Error(`npm run build:lib: ${stdout}`);
  return PROGRAM;
}

function isUpToDate(): boolean {
  if (!existsSync(PROGRAM)) return false;
  const { mtimeMs } = statSync(PROGRAM);
  const sources = readdirSync(join(ROOT, 'lib'), { recursive: true, encoding: 'utf8' });
  return sources.every((file) => statSync(join(ROOT, 'lib', file)).mtimeMs <= mtimeMs);
}
