import { release } from 'node:os';
import type { Firewall } from '../api/firewall';
import { openFirewall } from '../api/open-firewall';
import { checkOptions, type FirewallOptions } from '../api/options';
import { judgeSurroundings } from '../foreign/judge';
import { SurroundingsReader } from '../foreign/surroundings';
import { NetworkNamespace } from '../state/namespace';
import { FirewallError, messageOf } from '../util/errors';
import { sliced } from '../util/slices';
import type { Facts } from './facts';

export type GatherOptions = Pick<
  FirewallOptions,
  'backend' | 'owner' | 'families' | 'namespace' | 'mark' | 'lockTimeout'
>;

/**
 * Examines everything and changes nothing, except that opening the firewall repairs what a crash left incomplete. Parts
 * that cannot be examined are left out and listed in `unseen`.
 */
export async function gather(options: GatherOptions): Promise<Facts> {
  const { namespace: path } = checkOptions(options);
  const namespace = path === undefined ? undefined : NetworkNamespace.open(path);
  try {
    return await gatherIn(namespace, options);
  } finally {
    namespace?.close();
  }
}

async function gatherIn(namespace: NetworkNamespace | undefined, given: GatherOptions): Promise<Facts> {
  const { owner, lockTimeout } = checkOptions(given);
  const options = { ...given, ...(namespace !== undefined && { namespace: namespace.path }) };
  const [iptc, nft] = await Promise.all([
    tryToOpen({ ...options, backend: 'iptc' }),
    tryToOpen({ ...options, backend: 'nft' }),
  ]);
  const isLocked = iptc instanceof FirewallError && iptc.code === 'ERR_LOCK_TIMEOUT';
  // A lock that is held for the whole timeout is not waited for twice.
  const wait = isLocked ? 0 : lockTimeout;
  const chosen = await tryToOpen({ ...options, lockTimeout: wait });
  const reader = new SurroundingsReader({ namespace, lockTimeout: wait });
  try {
    const unseen: string[] = [];
    if (chosen instanceof FirewallError) unseen.push(`what is published: ${chosen.message}`);
    const published =
      chosen instanceof FirewallError ? [] : await noting('what is published', unseen, () => chosen.status());
    const surroundings = await reader.read();
    return {
      kernel: release(),
      backends: { iptc: asError(iptc), nft: asError(nft) },
      chosen: chosen instanceof FirewallError ? undefined : { backend: chosen.backend, reason: chosen.backendReason },
      owner,
      published,
      copies: chosen instanceof FirewallError ? [] : await noting('copies of the rules', unseen, () => chosen.copies()),
      surroundings,
      foreign: await sliced(judgeSurroundings(surroundings, published)),
      unseen,
    };
  } finally {
    await reader.close();
    for (const one of [iptc, nft, chosen]) if (!(one instanceof FirewallError)) await one.close();
  }
}

/** Returns what `look` returns. If it fails, returns an empty array and adds the reason to `unseen`. */
async function noting<T>(what: string, unseen: string[], look: () => Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await look();
  } catch (error) {
    unseen.push(`${what}: ${messageOf(error)}`);
    return [];
  }
}

async function tryToOpen(options: GatherOptions): Promise<Firewall | FirewallError> {
  try {
    return await openFirewall(options);
  } catch (error) {
    if (error instanceof FirewallError) return error;
    throw error;
  }
}

function asError(opened: Firewall | FirewallError): FirewallError | undefined {
  return opened instanceof FirewallError ? opened : undefined;
}
