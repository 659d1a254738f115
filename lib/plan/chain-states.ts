import type { Family } from '../tables/table-rule';
import type { ChainId } from './chains';
import type { OwnChain, PortKey, PortTree } from './port-tree';

/** What one own chain holds. */
export interface ChainState {
  readonly family: Family;
  readonly chain: OwnChain;
  exists: boolean;
  jumped: boolean;
  /** Others jump here as well, so that the kernel would not let go of it: it stays, empty. */
  shared: boolean;
  /** Rules in it, jumps and foreign ones included. */
  rules: number;
}

/** What the own chains of one owner hold. */
export class ChainStates {
  readonly #states = { ipv4: new Map<OwnChain, ChainState>(), ipv6: new Map<OwnChain, ChainState>() };
  #changed = new Set<ChainState>();

  /** @param room how many rules a chain gets before new ones go further down its tree */
  constructor(
    readonly tree: PortTree,
    readonly room: number,
  ) {}

  of(family: Family, chain: OwnChain): ChainState {
    const states = this.#states[family];
    let state = states.get(chain);
    if (state === undefined) {
      state = { family, chain, exists: false, jumped: false, shared: false, rules: 0 };
      states.set(chain, state);
      this.#changed.add(state);
    }
    return state;
  }

  *values(): Generator<ChainState> {
    yield* this.#states.ipv4.values();
    yield* this.#states.ipv6.values();
  }

  /** Counts rules that went into the chain, or with a negative number out of it. */
  count(state: ChainState, rules: number): void {
    state.rules += rules;
    this.#changed.add(state);
  }

  /**
   * The chain where a rule goes that is not installed: the first on its way down the tree that has room.
   * @param ports what it is about; undefined: any port
   */
  homeFor(family: Family, id: ChainId, ports: PortKey | undefined): ChainState {
    let home = this.tree.root(id);
    while (ports !== undefined && !this.#hasRoom(family, home)) {
      const below = this.tree.below(home, ports);
      if (below === undefined) break;
      home = below;
    }
    return this.of(family, home);
  }

  /** Those of which something has changed since this was last asked, or all that were read. */
  takeChanged(): Set<ChainState> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  #hasRoom(family: Family, chain: OwnChain): boolean {
    return (this.#states[family].get(chain)?.rules ?? 0) < this.room;
  }
}
