import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec } from '../../support/command';

/** The calls, and of those that Node.js makes for its own ends as well, which argument tells ours. */
const CALLS = {
  AF_UNIX: 'socket:0=1',
  AF_INET: 'socket:0=2',
  AF_INET6: 'socket:0=10',
  AF_NETLINK: 'socket:0=16',
  /** At level IPPROTO_IP. */
  getsockopt: 'getsockopt:1=0',
  sendmsg: 'sendmsg',
  setns: 'setns',
  bind: 'bind',
} as const;

export type Forbidden = keyof typeof CALLS;

/** The program of forbid.cc, built for one run. */
export class Forbid {
  readonly #directory: string;
  readonly #calls: Readonly<Record<Forbidden, string>>;

  private constructor(directory: string, calls: Readonly<Record<Forbidden, string>>) {
    this.#directory = directory;
    this.#calls = calls;
  }

  static async build(): Promise<Forbid> {
    const directory = mkdtempSync(join(tmpdir(), 'portshift-sandbox-'));
    const compiler = process.env['CXX'] ?? 'g++';
    await exec(compiler, ['-std=c++17', '-O1', '-o', join(directory, 'forbid'), join(__dirname, 'forbid.cc')]);
    // The numbers are the architecture's own.
    const names = Object.values(CALLS).map((call) => `CALL SYS_${call.replace(/:.*/, '')}`);
    const { stdout } = await exec(compiler, ['-E', '-P', '-include', 'sys/syscall.h', '-x', 'c', '-'], {
      input: names.join('\n'),
    });
    const numbers = [...stdout.matchAll(/^CALL ([0-9]+)$/gm)].map(([, number]) => number);
    if (numbers.length !== names.length) throw new Error(`this compiler has no numbers for these calls: ${stdout}`);
    const calls = Object.entries(CALLS).map(([name, call], index) => [
      name,
      call.replace(/^\w+/, String(numbers[index])),
    ]);
    return new Forbid(directory, Object.fromEntries(calls) as Record<Forbidden, string>);
  }

  /** What a command has to be run under, so that these calls fail with that errno. */
  under(errno: keyof typeof constants.errno, ...forbidden: readonly Forbidden[]): string[] {
    const calls = forbidden.map((one) => this.#calls[one]);
    return [join(this.#directory, 'forbid'), String(constants.errno[errno]), calls.join(',')];
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
