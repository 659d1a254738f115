import { fullPath } from './full-path';

/** The file of the xtables lock, as iptables(8) finds it, for this process and for those that it starts. */
export function xtablesLock(): string {
  return fullPath(process.env['XTABLES_LOCKFILE'] || '/run/xtables.lock');
}
