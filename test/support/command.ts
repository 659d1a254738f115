import { type ChildProcessWithoutNullStreams, type SpawnOptionsWithoutStdio, spawn } from 'node:child_process';

export interface Output {
  code: number;
  stdout: string;
  stderr: string;
}

export interface CommandOptions {
  input?: string | Uint8Array;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Milliseconds; default 20,000. A command that takes longer is killed and counts as failed. */
  timeout?: number;
}

/** A command that ended with another exit code than 0. */
export class CommandError extends Error {
  constructor(
    readonly command: string,
    readonly output: Output,
  ) {
    super(`${command}: exit code ${output.code}${output.stderr ? `: ${output.stderr.trim()}` : ''}`);
    this.name = 'CommandError';
  }
}

/** Runs a command to its end and gives its output whatever the exit code is; a signal counts as 128. */
export function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: options.env ?? process.env,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      timeout: options.timeout ?? 20_000,
      killSignal: 'SIGKILL',
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({
        code: code ?? 128,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      });
    });
    // A command need not read its input to the end.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input);
  });
}

/** Like run(), but a non-zero exit code is a CommandError. */
export async function exec(command: string, args: readonly string[], options: CommandOptions = {}): Promise<Output> {
  const output = await run(command, args, options);
  if (output.code !== 0) throw new CommandError([command, ...args].join(' '), output);
  return output;
}

/** Starts a long-running command that the kernel kills when this process is gone. */
export function start(
  command: string,
  args: readonly string[],
  options: SpawnOptionsWithoutStdio = {},
): ChildProcessWithoutNullStreams {
  return spawn('setpriv', ['--pdeathsig', 'KILL', '--', command, ...args], { ...options, stdio: 'pipe' });
}
