import { closeSync, fstatSync, openSync, type Stats } from 'node:fs';

/**
 * The flag of open(2), which has this value on every architecture that Node.js runs on. Node.js itself has no name for
 * it.
 */
export const O_PATH = 0o10000000;

/** Closes descriptors whose objects were garbage collected while open. */
const forgotten = new FinalizationRegistry<number>((number) => closeSync(number));

/**
 * An open file of this process. Its `path` refers to the file as it was opened, whatever file its name refers to by now
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

  /** Returns a path of an entry of this directory. */
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

  /** Releases ownership of the descriptor. The caller closes it. */
  release(): number {
    this.#isOpen = false;
    forgotten.unregister(this);
    return this.number;
  }
}
