import type { Family } from '../../model/table-rule';
import type { ChainId } from './chains';
import type { OwnChain, PortKey, PortTree } from './port-tree';

/** The state of one own chain. */
export interface ChainState {
  readonly family: Family;
  readonly chain: OwnChain;
  exists: boolean;
  jumped: boolean;
  /** True if a foreign rule jumps here, so that the kernel would not delete the chain: it stays, empty. */
  shared: boolean;
  /** The number of rules in the chain, including jumps and foreign rules. */
  rules: number;
}

/** The states of the own chains of one owner. */
export class ChainStates {
  readonly #states = { ipv4: new Map<OwnChain, ChainState>(), ipv6: new Map<OwnChain, ChainState>() };
  #changed = new Set<ChainState>();

  /** @param room the number of rules that a chain gets before new ones go further down its tree */
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

  /** Adds to the number of rules in the chain. A negative number stands for rules that were removed. */
  count(state: ChainState, rules: number): void {
    state.rules += rules;
    this.#changed.add(state);
  }

  /**
   * Returns the chain for a rule that is not installed yet: the first chain with room on the way down the tree, or the
   * last one if none has room.
   * @param ports the ports that the rule matches. Undefined: any port, for which the chain is the root
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

  /** Returns the states that were created or have changed since the previous call. */
  takeChanged(): Set<ChainState> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  #hasRoom(family: Family, chain: OwnChain): boolean {
    return (this.#states[family].get(chain)?.rules ?? 0) < this.room;
  }
}
