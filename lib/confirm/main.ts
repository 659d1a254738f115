/** The guardian as a process of its own: started by `startGuardian`, told what to guard over its first channel. */
import { rm } from 'node:fs/promises';
import { openFirewall } from '../open-firewall';
import { listen, removeSocket } from '../state/channel';
import { statePath } from '../state/directory';
import { Guardian } from './guardian';
import { type Greeting, type GuardianOptions, guardianPath, type Question } from './protocol';

/** ms in which the one who started it must have something to guard. */
const IDLE = 10_000;

async function guard({ namespace, owner, mark, ...options }: GuardianOptions): Promise<void> {
  const place = { namespace, owner };
  const path = await guardianPath(place);
  const history = `${await statePath(place)}.json`;
  const firewall = await openFirewall({
    ...options,
    owner,
    ...(mark !== undefined && { mark }),
    ...(namespace !== undefined && { namespace }),
  });
  const guardian = new Guardian(firewall, async (rolledBack) => {
    await removeSocket(path);
    // What the command line would undo is undone.
    if (rolledBack) await rm(history, { force: true });
    await firewall.close();
    // Those who still listen learn by it that this process is gone.
    process.exit(0);
  });
  await listen<Question>(path, () => guardian.converse());
  setTimeout(() => void guardian.endIfIdle(), IDLE);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void guardian.rollBackNow());
  process.on('SIGHUP', () => {});
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

async function greet(options: GuardianOptions): Promise<void> {
  let greeting: Greeting = { ready: true };
  try {
    await guard(options);
  } catch (error) {
    // Another one, that was started at the same time, does as well.
    if (!isTaken(error)) greeting = { ready: false, why: error instanceof Error ? error.message : String(error) };
    process.exitCode = 1;
  }
  process.send?.(greeting, () => {
    if (process.connected) process.disconnect();
    if (process.exitCode === 1) process.exit();
  });
}

process.title = 'portshift guardian';
process.once('message', (options: GuardianOptions) => void greet(options));
