import type { ReadElement } from '../plan/nft-installed';
import type { ElementsOperation } from '../plan/nft-operation';
import type { Writable } from '../rules/fields';

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

/** Key, end of the key, mark of an end, data, packets and comment. */
const ELEMENT = /^([0-9a-f]+)(?:-([0-9a-f]+))?(!)?(?:=([0-9a-f]+))?(?:#([0-9]+))?(?: (.*))?$/s;

/**
 * What a table has read as text: lines that end with a zero byte, those of a set after one with its name, as
 * native/addon/nft_table.cc writes them.
 * @param sets where they go, by the names of their sets
 */
export function readElements(lines: string, sets: Map<string, ReadElement[]>): void {
  let elements: ReadElement[] = [];
  for (const line of lines.split('\0')) {
    if (line.startsWith(':')) {
      const set = line.slice(1);
      elements = sets.get(set) ?? [];
      sets.set(set, elements);
    } else if (line !== '') elements.push(readElement(line));
  }
}

function readElement(line: string): ReadElement {
  const [, key = '', keyEnd, ends, data, packets, comment] = ELEMENT.exec(line) ?? [];
  const element: Writable<ReadElement> = { key };
  if (data !== undefined) element.data = data;
  if (comment !== undefined) element.comment = comment;
  if (keyEnd !== undefined) element.keyEnd = keyEnd;
  if (ends !== undefined) element.ends = true;
  if (packets !== undefined) element.packets = Number(packets);
  return element;
}
