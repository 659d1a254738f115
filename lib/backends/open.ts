import { FirewallError } from '../errors';
import type { Mark } from '../rules/mark';
import { loadAddon } from './addon';
import type { Backend, BackendName } from './backend';
import { type Candidate, chooseBackend } from './choose';
import type { IptcAddon } from './iptc-addon';
import { LegacyTables } from './legacy-tables';
import { type MemoryKernel, MemorySession } from './memory';
import { sessionError } from './native-error';
import { checkOwnership, NftTables } from './nft';
import type { NftAddon } from './nft-addon';
import { nftError } from './nft-error';

export interface BackendOptions {
  readonly backend: 'auto' | BackendName;
  readonly owner: string;
  readonly mark: Mark | undefined;
  readonly lockTimeout: number;
  /** Ends the waiting for the lock; whatever was opened is closed again. */
  readonly signal: AbortSignal | undefined;
  /** `process`: nft only. */
  readonly lifetime: 'host' | 'process';
  /** Path of a network namespace; absent: the caller's own. */
  readonly namespace: string | undefined;
  /** What the memory backend works on. */
  readonly kernel: MemoryKernel;
}

export interface OpenedBackend {
  readonly backend: Backend;
  /** Why this one, in words. */
  readonly reason: string;
}

/** @throws FirewallError ERR_BACKEND_UNAVAILABLE, ERR_PERMISSION, ERR_NOT_FOUND (namespace), ERR_LOCK_TIMEOUT */
export async function openBackend(options: BackendOptions): Promise<OpenedBackend> {
  if (options.backend === 'auto' && options.lifetime === 'process') {
    return { backend: await openNft(options), reason: "lifetime: 'process' is nft's alone" };
  }
  if (options.backend === 'auto') return openAuto(options);
  return { backend: await openNamed(options.backend, options), reason: 'it was asked for by name' };
}

async function openNamed(name: BackendName, options: BackendOptions): Promise<Backend> {
  switch (name) {
    case 'memory':
      return new LegacyTables({ ...options, name }, new MemorySession(options.kernel));
    case 'iptc':
      return openIptc(options);
    case 'nft':
      return openNft(options);
  }
}

async function openAuto(options: BackendOptions): Promise<OpenedBackend> {
  const [nft, iptc] = await bothOrNone(tryToOpen('nft', options), tryToOpen('iptc', options));
  const choice = chooseBackend(nft.candidate, iptc.candidate);
  for (const one of [nft, iptc]) if (one.name !== choice?.backend) await one.backend?.close();
  const backend = choice?.backend === 'nft' ? nft.backend : iptc.backend;
  if (choice === undefined || backend === undefined) throw noneUsable(nft, iptc);
  return { backend, reason: choice.reason };
}

/** Where one fails, the other is closed again. */
async function bothOrNone(first: Promise<Tried>, second: Promise<Tried>): Promise<[Tried, Tried]> {
  try {
    return await Promise.all([first, second]);
  } catch (error) {
    for (const one of await Promise.allSettled([first, second])) {
      if (one.status === 'fulfilled') await one.value.backend?.close();
    }
    throw error;
  }
}

interface Tried {
  readonly name: 'nft' | 'iptc';
  readonly candidate: Candidate;
  readonly backend?: Backend;
}

async function tryToOpen(name: 'nft' | 'iptc', options: BackendOptions): Promise<Tried> {
  let backend: Backend | undefined;
  try {
    backend = await openNamed(name, options);
    const [ownRule] = (await backend.read({ signal: options.signal })).entries;
    return { name, backend, candidate: { usable: true, hasOwnRules: ownRule !== undefined, inUse: backend.inUse } };
  } catch (error) {
    await backend?.close();
    // These say nothing of whether the backend can be used, and another one may not be taken for it.
    const isVerdict =
      error instanceof FirewallError && !['ERR_LOCK_TIMEOUT', 'ERR_CONFLICT', 'ERR_NOT_FOUND'].includes(error.code);
    if (!isVerdict) throw error;
    return { name, candidate: { usable: false, error } };
  }
}

function noneUsable(...tried: readonly Tried[]): FirewallError {
  const failures = tried.flatMap(({ name, candidate }) => (candidate.usable ? [] : [{ name, error: candidate.error }]));
  const code = failures.every(({ error }) => error.code === 'ERR_PERMISSION')
    ? 'ERR_PERMISSION'
    : 'ERR_BACKEND_UNAVAILABLE';
  const reasons = failures.map(({ name, error }) => `${name}: ${error.message}`).join('; ');
  return new FirewallError(code, `backend: none can be used here; ${reasons}`, { cause: failures[0]?.error });
}

async function openNft(options: BackendOptions): Promise<Backend> {
  const addon = loadAddon<NftAddon>('nft');
  const { namespace } = options;
  const session = await nftError({ doing: 'opening the firewall' }, () =>
    addon.open({ ...(namespace !== undefined && { namespace }) }),
  );
  try {
    if (options.lifetime === 'process') await checkOwnership(session, addon.Batch);
    return new NftTables(options, session, addon);
  } catch (error) {
    await session.close();
    throw error;
  }
}

async function openIptc(options: BackendOptions): Promise<Backend> {
  const addon = loadAddon<IptcAddon>('iptc');
  const { namespace } = options;
  const session = await sessionError('opening the firewall', () =>
    addon.open({ ...(namespace !== undefined && { namespace }) }),
  );
  return new LegacyTables({ ...options, name: 'iptc' }, session);
}
