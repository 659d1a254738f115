import { smallNumber } from '../../util/small-number';
import { STRIDE } from '../../util/strides';
import { encodeElement } from './decoding';
import type { InstalledNft } from './installed';
import type { SetState, Slot } from './slots';

/** The counters of the elements of one set: their keys one after the other, and a number for each. */
export interface CountedSet {
  readonly set: string;
  readonly keys: Uint8Array;
  readonly packets: Float64Array;
}

/** Stores the counters of elements that are otherwise known. Returns false if some of them are not known after all. */
export function* recount(installed: InstalledNft, sets: readonly CountedSet[]): Generator<void, boolean> {
  const states = new Map<string, SetState>();
  for (const state of installed.sets.states()) states.set(state.name, state);
  for (const { set, keys, packets } of sets) {
    const state = states.get(set);
    // The set is one that another program has added to the table, or it has no counters.
    if (state === undefined || packets.length === 0) continue;
    const find = yield* finder(state, keys, keys.length / packets.length);
    for (let index = 0; index < packets.length; index += 1) {
      const slot = find(index);
      if (slot?.installed === undefined) return false;
      const count = smallNumber(packets[index] ?? 0);
      if (slot.packets !== count) slot.packets = count;
      if (index % STRIDE === 0) yield;
    }
  }
  return true;
}

/** Returns a function that finds the slot by the index of its key, each of `length` bytes. */
function* finder(
  state: SetState,
  keys: Uint8Array,
  length: number,
): Generator<void, (index: number) => Slot | undefined> {
  if (length === 2 && !state.spec.ranges) {
    return (index) => {
      return state.at(((keys[2 * index] ?? 0) << 8) | (keys[2 * index + 1] ?? 0));
    };
  }
  const byKey = new Map<string, Slot>();
  for (const slot of state.slots()) {
    yield;
    if (slot.installed === undefined) continue;
    const [first] = encodeElement(state.spec, slot, { data: '', comment: '' });
    if (first !== undefined) byKey.set(first.key, slot);
  }
  const bytes = Buffer.from(keys.buffer, keys.byteOffset, keys.length);
  return (index) => byKey.get(bytes.toString('hex', index * length, (index + 1) * length));
}
