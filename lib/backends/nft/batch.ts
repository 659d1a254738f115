import type { NativeBatch } from './addon';
import type { ElementWriter } from './elements';
import type { NftOperation } from './operation';

/** The number of bytes of elements above which they are passed to the addon, so that no call blocks the event loop. */
const MANY_BYTES = 8_192;

/** Adds operations to a batch. Operations on elements at the end stay in the writer, for the commit itself to add. */
export function* fillBatch(
  batch: NativeBatch,
  writer: ElementWriter,
  operations: readonly NftOperation[],
): Generator<void> {
  writer.take();
  for (const operation of operations) {
    if (writer.length > MANY_BYTES || (writer.length > 0 && !('elements' in operation))) batch.elements(writer.take());
    if ('elements' in operation) writer.write(operation);
    else batch.push([operation]);
    yield;
  }
}
