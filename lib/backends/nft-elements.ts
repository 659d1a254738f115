import type { ReadElement } from '../plan/nft-installed';
import type { ElementsOperation } from '../plan/nft-operation';
import type { Writable } from '../rules/fields';

/** How many bytes a writer has room for at first. */
const ROOM = 4_096;

const LAST_OF_ASCII = 0x7f;

/** Of what one unit of UTF-16 comes to in UTF-8, in bytes. */
const LONGEST_CHARACTER = 3;

/**
 * Writes operations on elements as native/addon/element_lines.h reads them. Into bytes of its own, again and again: text
 * that is put together bit by bit would be garbage many times as long.
 */
export class ElementWriter {
  #bytes = new Uint8Array(ROOM);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  write({ op, set, elements }: ElementsOperation): void {
    this.#text(op === 'newElements' ? '+' : '-', set);
    this.#end();
    for (const { key, keyEnd, ends, openEnded, data, comment } of elements) {
      this.#text('', key);
      if (keyEnd !== undefined) this.#text('-', keyEnd);
      if (ends) this.#text('!', '');
      if (openEnded) this.#text('+', '');
      if (data !== undefined) this.#text('=', data);
      if (comment !== undefined) this.#text(' ', comment);
      this.#end();
    }
  }

  /** What was written, to be read before more is; then it is empty again. */
  take(): Uint8Array {
    const written = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return written;
  }

  #text(mark: '' | '+' | '-' | '!' | '=' | ' ', text: string): void {
    this.#makeRoom(mark.length + LONGEST_CHARACTER * text.length + 1);
    if (mark !== '') this.#byte(mark.charCodeAt(0));
    const start = this.#length;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > LAST_OF_ASCII) {
        // A comment that others have written.
        this.#length = start + new TextEncoder().encodeInto(text, this.#bytes.subarray(start)).written;
        return;
      }
      this.#byte(code);
    }
  }

  #byte(value: number): void {
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  /** No name and no comment has a zero byte in it. There is room for one after every text. */
  #end(): void {
    this.#byte(0);
  }

  #makeRoom(wanted: number): void {
    if (this.#length + wanted <= this.#bytes.length) return;
    const bytes = new Uint8Array(2 * this.#bytes.length + wanted);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }
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
