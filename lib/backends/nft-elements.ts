import type { ElementsOperation } from '../plan/nft-operation';

/** As native/addon/element_lines.h reads them: no name and no comment has a zero byte in it. */
export function elementLines({ op, set, elements }: ElementsOperation): string {
  let lines = `${op === 'newElements' ? '+' : '-'}${set}\0`;
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
