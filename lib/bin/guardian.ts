/** The program of a guardian process. `startGuardian` starts it and sends it its options over the IPC channel. */
import { constants } from 'node:fs';
import { rm } from 'node:fs/promises';
import { openFirewall } from '../api/open-firewall';
import { Guardian } from '../confirm/guardian';
import { type Greeting, type GuardianOptions, INHERITED, type Question } from '../confirm/protocol';
import { Listener, removeSocket } from '../state/channel';
import { Descriptor } from '../state/descriptor';
import { NetworkNamespace } from '../state/namespace';
import { guardianSocket, recordFile } from '../state/place';
import { errnoOf, messageOf } from '../util/errors';

/** The time in ms within which the process that started the guardian must have announced a change. */
const IDLE = 10_000;

async function guard({ hasNamespace, owner, mark, ...options }: GuardianOptions): Promise<void> {
  const directory = Descriptor.open(`/proc/self/fd/${INHERITED.directory}`, constants.O_DIRECTORY);
  const namespace = hasNamespace ? NetworkNamespace.open(`/proc/self/fd/${INHERITED.namespace}`) : undefined;
  const place = { namespace, owner };
  const path = directory.at(guardianSocket(place));
  const history = directory.at(recordFile(place));
  const firewall = await openFirewall({
    ...options,
    owner,
    ...(mark !== undefined && { mark }),
    ...(namespace !== undefined && { namespace: namespace.path }),
  });
  const guardian = new Guardian(firewall, async (rolledBack) => {
    await removeSocket(path);
    // The change that the command line recorded for `portshift rollback` is undone now.
    if (rolledBack) await rm(history, { force: true }).catch(() => undefined);
    await firewall.close();
    // These references keep the descriptors open until here; otherwise they would be closed when garbage is collected.
    namespace?.close();
    directory.close();
    // The end of this process closes the connections, by which the clients learn that it is gone.
    process.exit(0);
  });
  const refusal = { is: 'refused', why: 'it belongs to another user' };
  await new Listener<Question>(() => guardian.converse(), refusal).listenAt(path);
  setTimeout(() => void guardian.endIfIdle(), IDLE);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void guardian.rollBackNow());
  process.on('SIGHUP', () => {});
}

async function greet(options: GuardianOptions): Promise<void> {
  let greeting: Greeting = { ready: true };
  try {
    await guard(options);
  } catch (error) {
    // A guardian that was started at the same time serves as well.
    if (errnoOf(error) !== 'EADDRINUSE') greeting = { ready: false, why: messageOf(error) };
    process.exitCode = 1;
  }
  process.send?.(greeting, () => {
    if (process.connected) process.disconnect();
    if (process.exitCode === 1) process.exit();
  });
}

process.title = 'portshift guardian';
process.umask(0o077);
process.once('message', (options: GuardianOptions) => void greet(options));
