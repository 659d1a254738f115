import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NAMES = { XTABLES_LOCKFILE: 'xtables.lock', PORTSHIFT_STATE_DIR: 'state' };

/**
 * Gives this process and everything it starts an xtables lock and a place for portshift's records of their own, unless
 * the environment names them already: a user namespace may not write the machine's, and no test should.
 */
export function usePrivateFiles(): void {
  const missing = Object.entries(NAMES).filter(([variable]) => !process.env[variable]);
  if (missing.length === 0) return;
  const directory = mkdtempSync(join(tmpdir(), 'portshift-test-'));
  for (const [variable, name] of missing) process.env[variable] = join(directory, name);
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
}
