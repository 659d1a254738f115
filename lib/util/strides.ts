/**
 * The number of items, each of a fraction of a microsecond, that are processed in one step: every `yield` creates an
 * object.
 */
export const STRIDE = 8;

/**
 * Calls `each` for every item, in steps that can be interrupted. Several items share the cost of a step: a generator
 * creates an object for every `yield`, and for every iteration of a loop of its own over an array.
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
