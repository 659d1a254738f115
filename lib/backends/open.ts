import type { Mark } from '../model/mark';
import { FirewallError } from '../util/errors';
import { loadAddon } from './addon';
import type { Backend, BackendName } from './backend';
import { type Candidate, chooseBackend, OWN_RULES, OWN_RULES_IN_BOTH, type Usage } from './choose';
import { entering, type OpenNamespace } from './entered';
import { LegacyTables, usageOfLegacy } from './iptc';
import { type MemoryKernel, MemorySession } from './memory';
import { checkOwnership, type NftAddon, NftTables, nftError } from './nft';
import { sessionError } from './session-errors';
import type { IptcAddon } from './table-session';

export interface BackendOptions {
  readonly backend: 'auto' | BackendName;
  readonly owner: string;
  readonly mark: Mark | undefined;
  readonly lockTimeout: number;
  /** Aborts the wait for the lock. Whatever was opened is closed again. */
  readonly signal: AbortSignal | undefined;
  /** The lifetime of the rules. `process` is possible with nft only. */
  readonly lifetime: 'host' | 'process';
  /** The network namespace. Undefined: the caller's own. */
  readonly namespace: OpenNamespace | undefined;
  /** The path of the xtables lock. Default: the one that the environment names when a session is opened. */
  readonly lockFile?: string;
  /** The kernel that the memory backend works on. */
  readonly kernel: MemoryKernel;
  /** True if connections survive without this backend, because the rules of another one keep connection tracking on. */
  readonly isTracked?: boolean;
}

export interface OpenedBackend {
  readonly backend: Backend;
  /** The reason for the choice, in words. */
  readonly reason: string;
}

/**
 * Opens a backend.
 * @throws FirewallError ERR_BACKEND_UNAVAILABLE, ERR_PERMISSION, ERR_NOT_FOUND (namespace), ERR_LOCK_TIMEOUT
 */
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

/**
 * Opens the backend for `auto`. The legacy tables are read without the xtables lock. If nf_tables settles the choice,
 * they only show whether the owner has rules in both, and an error that prevents this process from reading them does
 * not matter.
 */
async function openAuto(options: BackendOptions): Promise<OpenedBackend> {
  const nft = await tryNft(options);
  if (nft.candidate.usable && nft.candidate.hasOwnRules && nft.backend !== undefined) {
    const legacy = await tryIptc(options).catch((): undefined => undefined);
    await legacy?.backend?.close();
    const isInBoth = legacy?.candidate.usable && legacy.candidate.hasOwnRules;
    return { backend: nft.backend, reason: isInBoth ? OWN_RULES_IN_BOTH : OWN_RULES };
  }
  const iptc = await closingOnFailure(nft, () => tryIptc(options));
  const choice = chooseBackend(nft.candidate, iptc.candidate);
  const chosen = choice?.backend === 'nft' ? nft : iptc;
  for (const one of [nft, iptc]) if (one !== chosen || choice === undefined) await one.backend?.close();
  if (choice === undefined || chosen.backend === undefined) throw noneUsable(nft.candidate, iptc.candidate);
  return { backend: chosen.backend, reason: choice.reason };
}

/** A backend that was tried. It is open if it can be used. */
interface Tried {
  readonly candidate: Candidate;
  readonly backend?: Backend;
}

async function closingOnFailure<T>({ backend }: { readonly backend?: Backend }, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await backend?.close();
    throw error;
  }
}

async function tryNft(options: BackendOptions): Promise<Tried> {
  return tried(
    () => openNft(options),
    async (backend) => {
      const [ownRule] = (await backend.read({ signal: options.signal })).entries;
      if (ownRule !== undefined) return { hasOwnRules: true, inUse: true };
      return { hasOwnRules: false, inUse: await backend.isInUse() };
    },
  );
}

async function tryIptc(options: BackendOptions): Promise<Tried> {
  return tried(
    () => openIptc(options),
    ({ session }) => {
      options.signal?.throwIfAborted();
      return sessionError('looking at the legacy tables', () => usageOfLegacy(session, options.owner));
    },
  );
}

async function tried<B extends Backend>(open: () => Promise<B>, use: (backend: B) => Promise<Usage>): Promise<Tried> {
  try {
    const backend = await open();
    const usage = await closingOnFailure({ backend }, () => use(backend));
    return { backend, candidate: { usable: true, ...usage } };
  } catch (error) {
    // These errors do not show whether the backend can be used, and another one must not be used instead.
    const isVerdict = error instanceof FirewallError && !['ERR_CONFLICT', 'ERR_NOT_FOUND'].includes(error.code);
    if (!isVerdict) throw error;
    return { candidate: { usable: false, error } };
  }
}

function noneUsable(nft: Candidate, iptc: Candidate): FirewallError {
  const failures = Object.entries({ nft, iptc }).flatMap(([name, candidate]) =>
    candidate.usable ? [] : [{ name, error: candidate.error }],
  );
  const code = failures.every(({ error }) => error.code === 'ERR_PERMISSION')
    ? 'ERR_PERMISSION'
    : 'ERR_BACKEND_UNAVAILABLE';
  const reasons = failures.map(({ name, error }) => `${name}: ${error.message}`).join('; ');
  const what = iptc.usable
    ? "this owner's rules may be in nft, where this process may not look (give backend 'iptc' where they are not)"
    : 'none can be used here';
  return new FirewallError(code, `backend: ${what}; ${reasons}`, { cause: failures[0]?.error });
}

async function openNft(options: BackendOptions): Promise<NftTables> {
  const addon = loadAddon<NftAddon>('nft');
  const session = await nftError({ doing: 'opening the firewall' }, () =>
    entering(options.namespace, (where) => addon.open(where)),
  );
  try {
    if (options.lifetime === 'process') await checkOwnership(session, addon.Batch);
    return new NftTables(options, session, addon);
  } catch (error) {
    await session.close();
    throw error;
  }
}

async function openIptc(options: BackendOptions): Promise<LegacyTables> {
  const addon = loadAddon<IptcAddon>('iptc');
  const session = await sessionError('opening the firewall', () =>
    entering(options.namespace, (where) => addon.open({ ...where, ...lockOf(options) })),
  );
  return new LegacyTables({ ...options, name: 'iptc' }, session);
}

function lockOf({ lockFile }: BackendOptions): { readonly lockFile?: string } {
  return lockFile === undefined ? {} : { lockFile };
}
