import { type ChildProcess, spawn } from 'node:child_process';
import { extname, join } from 'node:path';
import type { StateDirectory } from '../state/directory';
import type { NetworkNamespace } from '../state/namespace';
import { FirewallError, messageOf } from '../util/errors';
import type { Greeting, GuardianOptions } from './protocol';

/** How long a guardian process may take to start and to open the firewall, in ms. */
const PATIENCE = 20_000;

/** The files that a guardian inherits, as they were opened, because their names may refer to other files by now. */
export interface Inheritance {
  readonly directory: StateDirectory;
  readonly namespace: NetworkNamespace | undefined;
  readonly lockFile: string;
}

/**
 * Starts a guardian in a session of its own (setsid(2)), without a terminal, and waits until it is ready. It keeps
 * running when this process ends.
 * @throws FirewallError ERR_GUARDIAN; the signal's reason
 */
export async function startGuardian(
  options: GuardianOptions,
  inheritance: Inheritance,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const child = spawnGuardian(inheritance);
  const greeting = await greetingOf(child, options, signal);
  if (child.connected) child.disconnect();
  child.unref();
  if (greeting.ready) return;
  child.kill('SIGKILL');
  signal?.throwIfAborted();
  throw notStarted(greeting.why);
}

function spawnGuardian({ directory, namespace, lockFile }: Inheritance): ChildProcess {
  const program = join(__dirname, '..', 'bin', `guardian${extname(__filename)}`);
  const files = [directory.descriptor.number, ...(namespace === undefined ? [] : [namespace.descriptor])];
  try {
    return spawn(process.execPath, [program], {
      cwd: '/',
      detached: true,
      env: { ...process.env, PORTSHIFT_STATE_DIR: directory.name, XTABLES_LOCKFILE: lockFile },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc', ...files],
    });
  } catch (error) {
    throw notStarted(messageOf(error));
  }
}

async function greetingOf(
  child: ChildProcess,
  options: GuardianOptions,
  signal: AbortSignal | undefined,
): Promise<Greeting> {
  let timer: NodeJS.Timeout | undefined;
  let abort: (() => void) | undefined;
  try {
    return await new Promise<Greeting>((resolve) => {
      const fail = (why: string) => resolve({ ready: false, why });
      timer = setTimeout(() => fail(`it was not ready within ${PATIENCE / 1_000} seconds`), PATIENCE);
      abort = () => fail('it was given up');
      signal?.addEventListener('abort', abort);
      child.once('message', (greeting) => resolve(greeting as Greeting));
      child.once('error', (error) => fail(error.message));
      child.once('exit', (code, name) => fail(`it ended with ${name ?? `exit code ${code}`}`));
      // If no descriptor or process was left for the child, it has no channel, and an 'error' event follows.
      child.send?.(options, (error) => {
        if (error !== null) fail(error.message);
      });
    });
  } finally {
    clearTimeout(timer);
    if (abort !== undefined) signal?.removeEventListener('abort', abort);
  }
}

function notStarted(why: string): FirewallError {
  return new FirewallError(
    'ERR_GUARDIAN',
    `the process that would roll the change back could not be started: ${why}; nothing was changed`,
  );
}
