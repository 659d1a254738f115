import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Gives this process and everything it starts an xtables lock of its own, unless XTABLES_LOCKFILE already names one:
 * in a user namespace /run/xtables.lock is not writable, and the machine's iptables must never wait for a test.
 */
export function usePrivateLock(): void {
  if (process.env['XTABLES_LOCKFILE']) return;
  const directory = mkdtempSync(join(tmpdir(), 'portshift-lock-'));
  process.env['XTABLES_LOCKFILE'] = join(directory, 'xtables.lock');
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
}
