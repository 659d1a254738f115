/** The fields of a struct of the kernel's own, in the byte order of the host unless it says otherwise. */
export class StructReader {
  readonly #view: DataView;

  constructor(readonly data: Uint8Array) {
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  /** Whether it is at least so long. */
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

  /** In network byte order. */
  port(offset: number): number {
    return this.#view.getUint16(offset, false);
  }

  hex(offset: number, length: number): string {
    return Buffer.from(this.data.subarray(offset, offset + length)).toString('hex');
  }
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
