import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec } from '../support/command';

/** What happens at one call into the kernel. */
export type Fault =
  /** It fails and is not made, or is made and then seems to have failed. */
  | { readonly action: 'fail before' | 'fail after'; readonly call: number; readonly errno: Errno }
  /** The process, or a copy of it that was made at an earlier call, is killed by SIGKILL; see shim.cc. */
  | { readonly action: 'kill before' | 'kill after'; readonly call: number; readonly fork: number }
  /** The kernel refuses one message of the batch that the call sends; 0 is its begin, which names the generation. */
  | { readonly action: 'refuse'; readonly call: number; readonly message: number; readonly errno: Errno }
  /** This one and all later ones of its name fail, so that nothing can be undone. */
  | { readonly action: 'fail from'; readonly call: number; readonly errno: Errno };

/** Node.js has no name for ERESTART: the C library never shows it to a program. */
export type Errno = keyof typeof constants.errno | 'ERESTART';

/** One call that a thread of the addons made. */
export interface Call {
  readonly name: string;
  /** Of the batch it sent, its end left out; else 0. */
  readonly messages: number;
  /** The first one of a job: the thread was idle before it. */
  readonly begins: boolean;
}

const ACTIONS = ['none', 'fail before', 'fail after', 'kill before', 'kill after', 'refuse', 'fail from'] as const;

/** As in shim.cc: nine numbers, then the records. */
const HEADER = 9 * 4;
const NAME = 24;
const RECORD = NAME + 8;
const RECORDS = 4096;

/** The library of shim.cc, built for one run, and the file through which processes are told what to do. */
export class Shim {
  readonly #directory: string;
  readonly #control: Control;

  private constructor(directory: string) {
    this.#directory = directory;
    this.#control = new Control(join(directory, 'control'), 'w+');
  }

  static async build(): Promise<Shim> {
    const shim = new Shim(mkdtempSync(join(tmpdir(), 'portshift-faults-')));
    const source = join(__dirname, 'shim.cc');
    await exec(process.env['CXX'] ?? 'g++', ['-std=c++17', '-O1', '-shared', '-fPIC', '-o', shim.library, source]);
    return shim;
  }

  get library(): string {
    return join(this.#directory, 'shim.so');
  }

  /** For the process whose calls are to fail. */
  get environment(): Record<string, string> {
    return { LD_PRELOAD: this.library, PORTSHIFT_FAULTS: join(this.#directory, 'control') };
  }

  /** Whether the fault has come about, since they were last armed. */
  get fired(): boolean {
    return this.#control.fired > 0;
  }

  calls(): Call[] {
    return this.#control.records();
  }

  remove(): void {
    this.#control.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** The file as both sides of it see it. */
export class Control {
  readonly #fd: number;

  constructor(path: string, mode: 'r+' | 'w+') {
    this.#fd = openSync(path, mode);
    if (mode === 'w+') ftruncateSync(this.#fd, HEADER + RECORDS * RECORD);
  }

  /** From now on calls are counted, and one of them goes wrong if a fault is given. */
  arm(fault?: Fault): void {
    const header = new Uint32Array(HEADER / 4);
    if (fault !== undefined) {
      header[1] = ACTIONS.indexOf(fault.action);
      header[2] = fault.call;
      header[3] = 'errno' in fault ? numberOf(fault.errno) : 0;
      header[4] = 'message' in fault ? fault.message : 0;
      header[8] = 'fork' in fault ? fault.fork : 0;
    }
    writeSync(this.#fd, Buffer.alloc(RECORDS * RECORD), 0, RECORDS * RECORD, HEADER);
    writeSync(this.#fd, header, 0, HEADER, 0);
    writeSync(this.#fd, Uint32Array.of(1), 0, 4, 0);
  }

  disarm(): void {
    writeSync(this.#fd, Uint32Array.of(0), 0, 4, 0);
  }

  get fired(): number {
    return this.#number(6);
  }

  records(): Call[] {
    const calls: Call[] = [];
    const count = this.#number(5);
    if (count > RECORDS) throw new Error(`${count} calls are more than can be recorded`);
    const bytes = Buffer.alloc(count * RECORD);
    readSync(this.#fd, bytes, 0, bytes.length, HEADER);
    for (let at = 0; at < bytes.length; at += RECORD) {
      const name = bytes.toString('latin1', at, at + NAME).replaceAll('\0', '');
      const [messages, begins] = [bytes.readUInt32LE(at + NAME), bytes.readUInt32LE(at + NAME + 4)];
      calls.push({ name, messages, begins: begins !== 0 });
    }
    return calls;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #number(index: number): number {
    const bytes = Buffer.alloc(4);
    readSync(this.#fd, bytes, 0, 4, index * 4);
    return bytes.readUInt32LE();
  }
}

function numberOf(errno: Errno): number {
  return errno === 'ERESTART' ? 85 : constants.errno[errno];
}

/** `call 12 (SET_REPLACE): fail before with EBUSY`. */
export function describeFault(fault: Fault, calls: readonly Call[]): string {
  const name = calls[fault.call - 1]?.name ?? '?';
  const message = 'message' in fault ? ` message ${fault.message}` : '';
  return `call ${fault.call} of ${calls.length} (${name}): ${fault.action}${message}${'errno' in fault ? ` with ${fault.errno}` : ''}`;
}
