/** So few calls in one turn of the event loop that they are no load by themselves. */
const HANDFUL = 10;

/** A call for each item, a handful in a turn; then waits for all of them. */
export async function inHandfuls<T>(
  items: readonly T[],
  call: (item: T, index: number) => Promise<unknown>,
): Promise<void> {
  const calls: Promise<unknown>[] = [];
  for (const [index, item] of items.entries()) {
    calls.push(call(item, index));
    if (index % HANDFUL === HANDFUL - 1) await new Promise(setImmediate);
  }
  await Promise.all(calls);
}
