import type { Installed } from '../backends/backend';
import { entering } from '../backends/entered';
import type { BackendOptions } from '../backends/open';
import type { Committer } from '../engine/committer';
import type { SharedSurroundings } from '../foreign/surroundings';
import { type Entry, entryKey } from '../model/entry';
import type { Family } from '../model/table-rule';
import { unlessAborted } from '../util/abort';
import { OwnNames } from './copied-chains';
import type { Copy } from './copy';
import { type ClearedCopies, type CopiesOptions, findCopies, removeCopies } from './reader';

/** Gives access to the places outside the firewall's own tables. */
export interface OtherPlaces {
  /** The options that open another backend in the same namespace. */
  readonly open: BackendOptions;
  readonly surroundings: SharedSurroundings;
}

/** Finds and removes the copies of one firewall's rules. */
export class OwnersCopies {
  readonly #names: OwnNames;

  constructor(
    owner: string,
    /** Undefined if there are no other places. */
    readonly places: OtherPlaces | undefined,
    readonly committer: Committer,
  ) {
    this.#names = new OwnNames(owner);
  }

  async find(signal: AbortSignal | undefined): Promise<Copy[]> {
    const { places } = this;
    if (places === undefined) return [];
    const found = entering(places.open.namespace, async () => {
      const [surroundings, options] = await Promise.all([places.surroundings.read(), this.#options(places, signal)]);
      return options === undefined ? [] : findCopies(surroundings, options);
    });
    return unlessAborted(found, signal);
  }

  /** Removes the copies. The namespace stays open in the meantime, even if the firewall is closed. */
  async remove(signal: AbortSignal | undefined): Promise<ClearedCopies> {
    const { places } = this;
    return entering(places?.open.namespace, async () => {
      const options = places && (await this.#options(places, signal));
      return options === undefined ? { removed: [], left: [] } : removeCopies(options);
    });
  }

  async #options(places: OtherPlaces, signal: AbortSignal | undefined): Promise<CopiesOptions | undefined> {
    const { committer } = this;
    const { name, families } = committer.backend;
    if (name === 'memory') return undefined;
    const own = await committer.read(ownRules, { signal, counters: false });
    return {
      names: this.#names,
      backend: name,
      keys: own.keys,
      open: { ...places.open, signal },
      surroundings: places.surroundings,
      // A chain of nft handles both families.
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
