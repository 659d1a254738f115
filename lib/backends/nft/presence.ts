import type { Entry } from '../../model/entry';
import type { ElementContent, PortElement } from './decoding';
import type { SetState, Slot } from './slots';

/** An entry, and the slots of the elements that it needs. */
export interface NftPresence {
  entry: Entry;
  /** The slots, with that of the entry's primary element first. */
  readonly slots: Slot[];
  /** The slots that earlier entries already needed. */
  readonly shared: readonly Slot[];
  /** The content of the primary element, while the entry is being removed and may come back at once on another port. */
  leaving: ElementContent | undefined;
}

/** The element that the kernel still has where a slot was before it was moved. */
export interface VacatedElement extends PortElement {
  readonly set: SetState;
}

/** Returns true if an entry is nothing by itself, because the redirect of its published port contains all of it. */
export function isPart({ name, publication }: Entry): boolean {
  return name !== undefined && publication === undefined;
}

/** Returns true if a published port is on a single port of its own, and the rest of it only closes its target port. */
export function mayComeBack({ entry: { publication }, slots }: NftPresence): boolean {
  if (typeof publication?.port !== 'number' || slots[0]?.set.spec.layer !== 1) return false;
  for (let index = 1; index < slots.length; index += 1) if (slots[index]?.set.spec.kind === 'map') return false;
  return true;
}
