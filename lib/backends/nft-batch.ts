import type { NftOperation } from '../plan/nft-operation';
import type { NativeBatch } from './nft-addon';
import type { ElementWriter } from './nft-elements';

/** So many bytes of elements cross in one call, so that none holds up the event loop. */
const MANY_BYTES = 8_192;

/** Puts operations into a batch, but for those on elements that are left in the writer for the commit itself to put in. */
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
