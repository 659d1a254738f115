/** A reader of the fields of a kernel struct, in the byte order of the host unless the method states another one. */
export class StructReader {
  readonly #view: DataView;

  constructor(readonly data: Uint8Array) {
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  /** Returns true if the struct has at least this many bytes. */
  has(bytes: number): boolean {
    return this.data.byteLength >= bytes;
  }

  byte(offset: number): number {
    return this.#view.getUint8(offset);
  }

  half(offset: number): number {
    return this.#view.getUint16(offset, LITTLE_ENDIAN);
  }

  word(offset: number): number {
    return this.#view.getUint32(offset, LITTLE_ENDIAN);
  }

  /** Reads a port, in network byte order. */
  port(offset: number): number {
    return this.#view.getUint16(offset, false);
  }

  hex(offset: number, length: number): string {
    return Buffer.from(this.data.subarray(offset, offset + length)).toString('hex');
  }
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
