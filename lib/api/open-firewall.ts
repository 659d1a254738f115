import { debuglog } from 'node:util';
import type { Backend } from '../backends/backend';
import { openBackend } from '../backends/open';
import { GuardianProcesses, type Guardians } from '../confirm/guardians';
import { MemoryGuardians } from '../confirm/memory-guardians';
import { Committer } from '../engine/committer';
import { SharedSurroundings } from '../foreign/surroundings';
import { xtablesLock } from '../state/lock';
import { NetworkNamespace } from '../state/namespace';
import { FirewallError } from '../util/errors';
import { Announcements } from '../watch/announcements';
import { Firewall } from './firewall';
import { type CheckedOptions, checkOptions, type FirewallOptions } from './options';

/** Writes a log that `NODE_DEBUG=portshift` shows. */
const debug = debuglog('portshift');

/**
 * Opens a firewall. It changes nothing, except that it repairs what an earlier crash left incomplete.
 * @throws FirewallError ERR_INVALID_ARGUMENT, ERR_PERMISSION, ERR_BACKEND_UNAVAILABLE, ERR_UNSUPPORTED, ERR_NOT_FOUND
 * (namespace), ERR_LOCK_TIMEOUT
 */
export async function openFirewall(options: FirewallOptions = {}): Promise<Firewall> {
  const checked = checkOptions(options);
  checked.signal?.throwIfAborted();
  const namespace = openNamespace(checked);
  try {
    return await openThere({ ...checked, namespace, lockFile: xtablesLock() });
  } catch (error) {
    namespace?.close();
    throw namespace === undefined ? error : namespace.nameIn(error);
  }
}

/** Opens the network namespace once for everything that a firewall does. */
function openNamespace({ backend, namespace }: CheckedOptions): NetworkNamespace | undefined {
  return backend === 'memory' || namespace === undefined ? undefined : NetworkNamespace.open(namespace);
}

/**
 * Checked options whose paths have been resolved: the namespace is open, and the lock file is the one that the
 * environment named when the firewall was opened.
 */
interface OpenedOptions extends Omit<CheckedOptions, 'namespace' | 'lockFile'> {
  readonly namespace: NetworkNamespace | undefined;
  readonly lockFile: string;
}

async function openThere(checked: OpenedOptions): Promise<Firewall> {
  const { namespace } = checked;
  const opened = await openBackend(checked);
  const { backend } = opened;
  debug('owner %s: backend %s, because %s', checked.owner, backend.name, opened.reason);
  const place = backend.name === 'memory' ? undefined : { namespace, owner: checked.owner };
  const committer = new Committer(backend, place && new Announcements(place));
  try {
    const missing = checked.families?.find((family) => !backend.families.includes(family));
    if (missing !== undefined) {
      throw new FirewallError('ERR_UNSUPPORTED', `families: this network namespace has no ${missing}; leave it out`, {
        field: 'families',
        value: checked.families,
      });
    }
    await committer.refresh(checked.signal);
    const parts = {
      owner: checked.owner,
      families: checked.families ?? backend.families,
      guardians: guardiansFor(checked, backend),
      place,
      others: backend.name === 'memory' ? undefined : { open: checked, surroundings: new SharedSurroundings(checked) },
    };
    return new Firewall(parts, opened, committer);
  } catch (error) {
    await committer.close();
    throw error;
  }
}

function guardiansFor(checked: OpenedOptions, backend: Backend): Guardians | undefined {
  const { namespace, lockFile, lifetime, owner, kernel, lockTimeout } = checked;
  if (lifetime === 'process') return undefined;
  if (backend.name === 'memory') {
    return new MemoryGuardians(kernel, owner, () => openFirewall({ backend: 'memory', owner, kernel }));
  }
  return new GuardianProcesses({
    namespace,
    lockFile,
    owner,
    lockTimeout,
    backend: backend.name,
    mark: () => backend.mark,
  });
}
