/** So many things of a fraction of a microsecond are done in one go: every `yield` makes an object. */
export const STRIDE = 8;

/**
 * Does something small with each item, in steps that can be interrupted. What a step costs by itself is shared by some
 * items: a generator makes an object for every `yield`, and for every turn of a loop of its own through an array.
 */
export function* inStrides<T>(items: readonly T[], each: (item: T) => void): Generator<void> {
  for (let from = 0; from < items.length; from += STRIDE) {
    forSome(items, from, each);
    yield;
  }
}

function forSome<T>(items: readonly T[], from: number, each: (item: T) => void): void {
  const end = Math.min(items.length, from + STRIDE);
  for (let index = from; index < end; index += 1) each(items[index] as T);
}
