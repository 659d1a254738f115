import { FirewallError } from '../errors';
import type { Mark } from '../rules/mark';
import { loadAddon } from './addon';
import type { Backend, BackendName } from './backend';
import type { IptcAddon } from './iptc-addon';
import { LegacyTables } from './legacy-tables';
import { MemoryChange, type MemoryKernel, MemorySession } from './memory';
import { sessionError } from './native-error';

export interface BackendOptions {
  readonly backend: 'auto' | BackendName;
  readonly owner: string;
  readonly mark: Mark | undefined;
  readonly lockTimeout: number;
  /** Path of a network namespace; absent: the caller's own. */
  readonly namespace: string | undefined;
  /** What the memory backend works on. */
  readonly kernel: MemoryKernel;
}

/** @throws FirewallError ERR_BACKEND_UNAVAILABLE, ERR_PERMISSION, ERR_NOT_FOUND (namespace) */
export async function openBackend(options: BackendOptions): Promise<Backend> {
  switch (options.backend) {
    case 'memory':
      return new LegacyTables({ ...options, name: 'memory' }, new MemorySession(options.kernel), MemoryChange);
    case 'auto':
    case 'iptc':
      return openIptc(options);
    case 'nft':
      throw new FirewallError(
        'ERR_BACKEND_UNAVAILABLE',
        "backend: 'nft' is not part of this build; give 'iptc' or 'auto'",
        {
          field: 'backend',
          value: 'nft',
        },
      );
  }
}

async function openIptc(options: BackendOptions): Promise<Backend> {
  const addon = loadAddon<IptcAddon>('iptc');
  const { namespace } = options;
  const session = await sessionError('opening the firewall', () =>
    addon.open({ ...(namespace !== undefined && { namespace }) }),
  );
  return new LegacyTables({ ...options, name: 'iptc' }, session, addon.Change);
}
