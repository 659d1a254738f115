import type { Entry } from '../rules/entry';
import type { ElementContent, PortElement } from './nft-decoding';
import type { SetState, Slot } from './nft-slots';

/** One entry, and where the elements are that it needs. */
export interface NftPresence {
  entry: Entry;
  /** Its home first. */
  readonly slots: Slot[];
  /** Those of them that entries before it needed already. */
  readonly shared: readonly Slot[];
  /** What its home held, where it is being removed, and may be back at once on another port. */
  leaving: ElementContent | undefined;
}

/** What the kernel still has where a slot was before it was moved. */
export interface VacatedElement extends PortElement {
  readonly set: SetState;
}

/** Whether an entry is nothing by itself, as the redirect of its published port has all of it. */
export function isPart({ name, publication }: Entry): boolean {
  return name !== undefined && publication === undefined;
}

/** A published port on a single port of its own, all else of which is that its target is closed. */
export function mayComeBack({ entry: { publication }, slots }: NftPresence): boolean {
  if (typeof publication?.port !== 'number' || slots[0]?.set.spec.layer !== 1) return false;
  for (let index = 1; index < slots.length; index += 1) if (slots[index]?.set.spec.kind === 'map') return false;
  return true;
}
