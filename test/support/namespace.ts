import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { CommandError, type CommandOptions, type Output, run, start } from './command';
import { usePrivateFiles } from './private-files';

const HELD = 'held\n';

/**
 * A throw-away network namespace, as root and inside `unshare -rn` alike: a holder process keeps it alive and
 * /proc/PID/ns/net names it, as /run/netns is not writable without root. The loopback interface is up.
 * The holder reads its standard input and so ends with this process, however that ends.
 */
export class Namespace {
  readonly pid: number;
  /** The namespace as a file, for openFirewall({ namespace }) and `portshift --netns`. */
  readonly path: string;
  /** The kernel's number of the namespace, as in `net:[4026532000]`. */
  readonly id: string;
  readonly #holder: ChildProcessWithoutNullStreams;
  readonly #children = new Set<ChildProcessWithoutNullStreams>();

  private constructor(holder: ChildProcessWithoutNullStreams, pid: number) {
    this.#holder = holder;
    this.pid = pid;
    this.path = `/proc/${pid}/ns/net`;
    this.id = readlinkSync(this.path);
  }

  static async create(): Promise<Namespace> {
    usePrivateFiles();
    const holder = spawn('unshare', ['--net', '--', 'sh', '-c', 'echo held; exec cat'], { stdio: 'pipe' });
    await waitUntilHeld(holder);
    if (holder.pid === undefined) throw new Error('unshare: no process');
    const namespace = new Namespace(holder, holder.pid);
    await namespace.exec('ip', ['link', 'set', 'lo', 'up']);
    return namespace;
  }

  /** Runs a command inside, to its end; rejects with a CommandError when it fails. */
  async exec(command: string, args: readonly string[] = [], options?: CommandOptions): Promise<Output> {
    const output = await this.run(command, args, options);
    if (output.code !== 0) throw new CommandError([command, ...args].join(' '), output);
    return output;
  }

  /** Like exec(), but gives the exit code instead of rejecting. */
  run(command: string, args: readonly string[] = [], options?: CommandOptions): Promise<Output> {
    return run('nsenter', this.#enter(command, args), options);
  }

  /** Starts a long-running command inside. remove() ends it, and so does the end of this process. */
  spawn(
    command: string,
    args: readonly string[] = [],
    options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
  ): ChildProcessWithoutNullStreams {
    const child = start('nsenter', this.#enter(command, args), options);
    this.#children.add(child);
    child.once('close', () => this.#children.delete(child));
    return child;
  }

  /** Ends what spawn() started and lets the namespace go. Calling it again does nothing. */
  async remove(): Promise<void> {
    await Promise.all([...this.#children].map((child) => end(child, () => child.kill('SIGKILL'))));
    await end(this.#holder, () => this.#holder.stdin.end());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove();
  }

  #enter(command: string, args: readonly string[]): string[] {
    return [`--net=${this.path}`, '--', command, ...args];
  }
}

function waitUntilHeld(holder: ChildProcessWithoutNullStreams): Promise<void> {
  return new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    holder.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (stdout === HELD) resolve();
    });
    holder.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    holder.once('error', reject);
    holder.once('close', () => {
      reject(new Error(`No network namespace: ${stderr.trim()}. Without root, run the tests by scripts/test.`));
    });
  });
}

async function end(child: ChildProcessWithoutNullStreams, how: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  how();
  await closed;
}
