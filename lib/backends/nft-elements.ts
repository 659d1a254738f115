import type { NftElement, NftOperation } from '../plan/nft-operation';
import type { NativeBatch } from './nft-addon';

export function addOperation(batch: NativeBatch, operation: NftOperation): void {
  if ('elements' in operation) {
    batch.elements(operation.op === 'newElements', operation.set, elementLines(operation.elements));
  } else {
    batch.push([operation]);
  }
}

/** As native/addon/element_lines.h reads them: no comment has a zero byte in it. */
export function elementLines(elements: readonly NftElement[]): string {
  let lines = '';
  for (const { key, keyEnd, ends, openEnded, data, comment } of elements) {
    lines += key;
    if (keyEnd !== undefined) lines += `-${keyEnd}`;
    if (ends) lines += '!';
    if (openEnded) lines += '+';
    if (data !== undefined) lines += `=${data}`;
    if (comment !== undefined) lines += ` ${comment}`;
    lines += '\0';
  }
  return lines;
}
