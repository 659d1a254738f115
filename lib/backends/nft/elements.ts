import type { Writable } from '../../model/fields';
import type { ReadElement } from './installed';
import type { ElementsOperation } from './operation';

/** The initial size of a writer's buffer, in bytes. */
const ROOM = 4_096;

const LAST_OF_ASCII = 0x7f;

/** The maximum number of bytes in UTF-8 for one code unit of UTF-16. */
const LONGEST_CHARACTER = 3;

/**
 * A writer of operations on elements, in the format that native/node/element_lines.h reads. It writes into a buffer of
 * its own, which is reused: concatenating strings piece by piece would create garbage of many times their size.
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

  /** Returns what was written, to be read before anything else is written, and empties the writer. */
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
        // The text is a comment of another program.
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

  /** Ends a record with a zero byte, which no name and no comment contains. There is room for one after every text. */
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

/** The fields of a line: key, end of the key, mark of an end, data, packets and comment. */
const ELEMENT = /^([0-9a-f]+)(?:-([0-9a-f]+))?(!)?(?:=([0-9a-f]+))?(?:#([0-9]+))?(?: (.*))?$/s;

/**
 * Reads the elements of a table from text: lines that end with a zero byte, those of a set behind a line with its name,
 * as native/node/nft_table.cc writes them.
 * @param sets receives the elements, by the names of their sets
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
