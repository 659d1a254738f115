import { unlessAborted } from '../abort';
import type { Installed } from '../backends/backend';
import type { BackendOptions } from '../backends/open';
import type { Committer } from '../committer';
import { type Entry, entryKey } from '../rules/entry';
import type { Family } from '../tables/table-rule';
import { OwnNames } from './copied-chains';
import type { Copy } from './copy';
import { type ClearedCopies, type CopiesOptions, findCopies, removeCopies } from './reader';

/** The copies of one firewall's rules. */
export class OwnersCopies {
  readonly #names: OwnNames;

  constructor(
    owner: string,
    /** Undefined where there is no other place than the firewall's own. */
    readonly open: BackendOptions | undefined,
    readonly committer: Committer,
  ) {
    this.#names = new OwnNames(owner);
  }

  async find(signal: AbortSignal | undefined): Promise<Copy[]> {
    const options = await this.#options(signal);
    return options === undefined ? [] : unlessAborted(findCopies(options), signal);
  }

  async remove(signal: AbortSignal | undefined): Promise<ClearedCopies> {
    const options = await this.#options(signal);
    return options === undefined ? { removed: [], left: [] } : removeCopies(options);
  }

  async #options(signal: AbortSignal | undefined): Promise<CopiesOptions | undefined> {
    const { open, committer } = this;
    const { name, families } = committer.backend;
    if (open === undefined || name === 'memory') return undefined;
    const own = await committer.read(ownRules, { signal, counters: false });
    return {
      names: this.#names,
      backend: name,
      keys: own.keys,
      open: { ...open, signal },
      // A chain of nft is for both families.
      isTracked: name === 'nft' ? own.keys.size > 0 : families.every((family) => own.translating.has(family)),
      announcer: committer.announcer,
    };
  }
}

interface OwnRules {
  readonly keys: ReadonlySet<string>;
  /** The families in which connections are redirected. */
  readonly translating: ReadonlySet<Family>;
}

function* ownRules({ entries }: Installed): Generator<void, OwnRules> {
  const keys = new Set<string>();
  const translating = new Set<Family>();
  for (const { entry } of entries) {
    keys.add(entryKey(entry));
    for (const family of translatedBy(entry)) translating.add(family);
    yield;
  }
  return { keys, translating };
}

function translatedBy({ rule }: Entry): readonly Family[] {
  if (rule.kind === 'markDrop') return [];
  return rule.family === undefined ? ['ipv4', 'ipv6'] : [rule.family];
}
