import { readFileSync } from 'node:fs';

/** Numbers that no user of a host has: nothing is entered in passwd(5) for them. */
export const STRANGER = 23_451;
export const SERVICE = 23_452;
export const OTHER_SERVICE = 23_453;

/** A user namespace that maps one user has no other one. */
const HAS_OTHERS = !/^\s*\d+\s+\d+\s+1\s*$/.test(readFileSync('/proc/self/uid_map', 'utf8'));

/** The words before a command that run it as that user, with these capabilities and no others. */
export function asUser(user: number, capabilities: readonly string[] = []): string[] {
  const only = ['-all', ...capabilities.map((capability) => `+${capability}`)].join();
  const sets = ['--bounding-set', only, '--inh-caps', only, '--ambient-caps', only];
  return ['setpriv', '--reuid', String(user), '--regid', String(user), '--clear-groups', ...sets, '--'];
}

/** A test that takes other users than the one that runs it. */
export function itWithUsers(title: string, work: () => Promise<void>): void {
  it(title, async () => {
    if (HAS_OTHERS) await work();
    else console.log('      not run: this user namespace has no other user');
  });
}
