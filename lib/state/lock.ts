import { fullPath } from './full-path';

/** Returns the path of the xtables lock as iptables(8) finds it, for this process and its child processes. */
export function xtablesLock(): string {
  return fullPath(process.env['XTABLES_LOCKFILE'] || '/run/xtables.lock');
}
