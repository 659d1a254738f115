import assert from 'node:assert/strict';
import { damageIn } from '../../../lib/backends/nft/damage';
import { InstalledNft, type ReadNftRule } from '../../../lib/backends/nft/installed';
import type { NftChain, NftElement, NftOperation, NftSet } from '../../../lib/backends/nft/operation';
import { planNft } from '../../../lib/backends/nft/plan';
import { setFlags } from '../../../lib/backends/nft/sets';
import { type Change, UNCHANGED } from '../../../lib/model/change';
import type { Mark } from '../../../lib/model/mark';
import { finish } from './simulation';

type TableRule = { -readonly [Key in keyof ReadNftRule]: ReadNftRule[Key] };

/** One table of nf_tables under the hands of the planner alone. It refuses what the kernel refuses. */
export class NftTable {
  readonly chains = new Map<string, NftChain>();
  readonly sets = new Map<string, NftSet>();
  /** The rules of each chain, in order. */
  readonly rules = new Map<string, TableRule[]>();
  readonly elements = new Map<string, NftElement[]>();
  #handle = 0;

  constructor(readonly mark?: Mark) {}

  /** What the planner finds. */
  read(mark = this.mark): InstalledNft {
    const installed = new InstalledNft(mark);
    if (this.chains.size === 0) return installed;
    installed.table = 'present';
    for (const { type = '', priority = 0, ...chain } of this.chains.values()) {
      installed.addChain({ ...chain, type, priority, accepts: true });
    }
    for (const set of this.sets.values()) {
      const { dataType = 0, dataLength = 0 } = set;
      installed.addSet({ ...set, flags: setFlags(set), dataType, dataLength });
    }
    installed.addRules([...this.rules.values()].flat());
    const states = [...installed.sets.states()];
    for (const state of states) finish(installed.addElements(state, this.elements.get(state.name) ?? []));
    for (const state of states) finish(installed.findEntries(state));
    return installed;
  }

  damage(): string[] {
    return finish(damageIn(this.read()));
  }

  /** Makes the change, repairs of what is damaged included; answers what that took. */
  make(change: Change = UNCHANGED, mark = this.mark): readonly NftOperation[] {
    const installed = this.read(mark);
    finish(damageIn(installed));
    const { operations } = finish(planNft(installed, change, { owner: false, keep: false }));
    for (const operation of operations) this.#carryOut(operation);
    return operations;
  }

  /** Adds a rule by hand; answers its handle. */
  add(chain: string, position: 'first' | 'last', rule: Pick<ReadNftRule, 'expressions' | 'comment'>): number {
    const rules = this.rules.get(chain);
    assert.ok(rules !== undefined, `ENOENT: no chain ${chain}`);
    this.#handle += 1;
    const added = { chain, handle: this.#handle, ...rule };
    if (position === 'first') rules.unshift(added);
    else rules.push(added);
    return added.handle;
  }

  delete(chain: string, handle: number): void {
    const rules = this.rules.get(chain) ?? [];
    const index = rules.findIndex((rule) => rule.handle === handle);
    assert.ok(index >= 0, `ENOENT: no rule ${handle} in ${chain}`);
    rules.splice(index, 1);
  }

  #carryOut(operation: NftOperation): void {
    switch (operation.op) {
      case 'newTable':
        return;
      case 'deleteTable':
        for (const held of [this.chains, this.sets, this.rules, this.elements]) held.clear();
        return;
      case 'newChain': {
        const { op, ...chain } = operation;
        assert.ok(!this.chains.has(chain.chain), `EEXIST: ${chain.chain}`);
        this.chains.set(chain.chain, chain);
        this.rules.set(chain.chain, []);
        return;
      }
      case 'deleteChain': {
        const { chain } = operation;
        assert.ok(this.chains.delete(chain), `ENOENT: no chain ${chain}`);
        this.rules.delete(chain);
        const jumps = [...this.rules.values()].flat().filter((rule) => namesIn(rule, 'chain').includes(chain));
        assert.deepEqual(jumps, [], `EBUSY: ${chain} is jumped to`);
        return;
      }
      case 'newSet': {
        const { op, ...set } = operation;
        assert.ok(!this.sets.has(set.set), `EEXIST: ${set.set}`);
        this.sets.set(set.set, set);
        this.elements.set(set.set, []);
        return;
      }
      case 'deleteSet': {
        const { set } = operation;
        assert.ok(this.sets.delete(set), `ENOENT: no set ${set}`);
        this.elements.delete(set);
        const lookups = [...this.rules.values()].flat().filter((rule) => namesIn(rule, 'set').includes(set));
        assert.deepEqual(lookups, [], `EBUSY: ${set} is looked up`);
        return;
      }
      case 'newRule': {
        const { chain, position, expressions, comment } = operation;
        this.add(chain, position, { expressions, comment });
        return;
      }
      case 'deleteRule':
        this.delete(operation.chain, operation.handle);
        return;
      case 'newElements':
        this.elements.get(operation.set)?.push(...operation.elements);
        return;
      case 'deleteElements': {
        const keys = operation.elements.map(({ key, ends }) => `${key} ${ends ?? false}`);
        const kept = this.elements.get(operation.set) ?? [];
        const left = kept.filter(({ key, ends }) => !keys.includes(`${key} ${ends ?? false}`));
        assert.equal(left.length, kept.length - keys.length, `ENOENT: not all in ${operation.set}`);
        this.elements.set(operation.set, left);
      }
    }
  }
}

/** What the rule's expressions name as their chain or set. */
function namesIn({ expressions }: ReadNftRule, field: 'chain' | 'set'): unknown[] {
  return expressions.flatMap((one) => Object.entries(one).flatMap(([key, value]) => (key === field ? [value] : [])));
}
