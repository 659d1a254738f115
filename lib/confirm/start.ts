import { type ChildProcess, spawn } from 'node:child_process';
import { extname, join } from 'node:path';
import { FirewallError } from '../errors';
import type { Greeting, GuardianOptions } from './protocol';

/** ms for a process to start and to open the firewall. */
const PATIENCE = 20_000;

/**
 * Starts a guardian in a session of its own (setsid(2)), with no terminal, and waits until it is ready. It goes on when
 * this process is gone.
 * @throws FirewallError ERR_GUARDIAN
 */
export async function startGuardian(options: GuardianOptions): Promise<void> {
  const program = join(__dirname, '..', 'confirm', `main${extname(__filename)}`);
  const child = spawn(process.execPath, [program], {
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const greeting = await greetingOf(child, options);
  if (child.connected) child.disconnect();
  child.unref();
  if (greeting.ready) return;
  child.kill('SIGKILL');
  throw new FirewallError(
    'ERR_GUARDIAN',
    `the process that would roll the change back could not be started: ${greeting.why}; nothing was changed`,
  );
}

function greetingOf(child: ChildProcess, options: GuardianOptions): Promise<Greeting> {
  return new Promise((resolve) => {
    const fail = (why: string) => resolve({ ready: false, why });
    const timer = setTimeout(() => fail(`it was not ready within ${PATIENCE / 1_000} seconds`), PATIENCE);
    child.once('message', (greeting) => resolve(greeting as Greeting));
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code, signal) => fail(`it ended with ${signal ?? `exit code ${code}`}`));
    child.once('message', () => clearTimeout(timer));
    child.once('exit', () => clearTimeout(timer));
    child.send(options, (error) => {
      if (error !== null) fail(error.message);
    });
  });
}
