import { closeSync, fstatSync, openSync, type Stats } from 'node:fs';

/** Of open(2), on every architecture that Node.js runs on; Node.js itself does not name it. */
export const O_PATH = 0o10000000;

/** Closes what was forgotten. */
const forgotten = new FinalizationRegistry<number>((number) => closeSync(number));

/**
 * An open file of this process. Through `path` it is reached as it was opened, whatever its name leads to by now
 * (proc_pid_fd(5)).
 */
export class Descriptor {
  #isOpen = true;

  private constructor(readonly number: number) {
    forgotten.register(this, number, this);
  }

  /** @throws the error of open(2) */
  static open(path: string, flags: number, mode = 0o600): Descriptor {
    return new Descriptor(openSync(path, flags, mode));
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get path(): string {
    return `/proc/self/fd/${this.number}`;
  }

  /** A path of an entry of a directory. */
  at(name: string): string {
    return `${this.path}/${name}`;
  }

  /** @throws the error of fstat(2) */
  stat(): Stats {
    return fstatSync(this.number);
  }

  /** Idempotent. */
  close(): void {
    if (this.#isOpen) closeSync(this.release());
  }

  /** Gives the open file up to somebody else, who closes it. */
  release(): number {
    this.#isOpen = false;
    forgotten.unregister(this);
    return this.number;
  }
}
