import assert from 'node:assert/strict';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Output } from '../support/command';
import { Namespace } from '../support/namespace';
import { builtProgram } from './program';

export interface Result extends Output {
  /** What is on standard output, as JSON. */
  json(): unknown;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** A command that runs the program: `setpriv --bounding-set=-all`. */
  readonly under?: readonly string[];
}

/** The command line as a process of its own, in a namespace of its own, with a state directory of its own. */
export class CommandLine {
  readonly directory = mkdtempSync(join(tmpdir(), 'portshift-cli-'));

  private constructor(readonly namespace: Namespace) {}

  static async create(): Promise<CommandLine> {
    await builtProgram();
    return new CommandLine(await Namespace.create());
  }

  /** Runs `portshift ARGS`, with backend iptc unless they name another; blanks separate arguments. */
  async run(args: string, { env, input, under = [] }: RunOptions = {}): Promise<Result> {
    const backend = args.includes('--backend') ? '' : '--backend iptc ';
    const words = `${backend}${args}`.split(' ').filter((word) => word !== '');
    const [command, ...rest] = [...under, process.execPath, await builtProgram(), ...words];
    assert.ok(command !== undefined);
    const output = await this.namespace.run(command, rest, {
      env: { ...process.env, PORTSHIFT_STATE_DIR: this.directory, ...env },
      ...(input !== undefined && { input }),
    });
    return { ...output, json: () => JSON.parse(output.stdout) as unknown };
  }

  /** Starts it, for one that runs until it is told to end. */
  async start(args: string): Promise<ChildProcessWithoutNullStreams> {
    const env = { ...process.env, PORTSHIFT_STATE_DIR: this.directory };
    return this.namespace.spawn(process.execPath, [await builtProgram(), ...args.split(' ')], { env });
  }

  /** Runs it, and checks that all went well; answers its standard output. */
  async done(args: string, options?: RunOptions): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, options);
    assert.equal(stderr, '');
    assert.equal(code, 0);
    return stdout;
  }

  /** The same with `--json`, whose output is read. */
  async data(args: string, options?: RunOptions): Promise<Record<string, unknown>> {
    const stdout = await this.done(`${args} --json`, options);
    assert.equal(stdout.trim().split('\n').length, 1);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  /** Runs what must fail: nothing on standard output, one line on standard error. Answers the line. */
  async fails(code: 1 | 2, args: string, options?: RunOptions): Promise<string> {
    const result = await this.run(args, options);
    assert.equal(result.stdout, '');
    assert.match(result.stderr, /^portshift: [^\n]+\n$/);
    assert.equal(result.code, code, result.stderr);
    return result.stderr.trim();
  }

  /** The same with `--json`: the one line is JSON. Answers the error in it. */
  async failsWithJson(code: 1 | 2, args: string, options?: RunOptions): Promise<Record<string, unknown>> {
    const result = await this.run(`${args} --json`, options);
    assert.equal(result.stdout, '');
    assert.match(result.stderr, /^\{.*\}\n$/);
    assert.equal(result.code, code, result.stderr);
    const { error, ...others } = JSON.parse(result.stderr) as { error: Record<string, unknown> };
    assert.deepEqual(others, {});
    return error;
  }

  /** The installed rules as `list --json` would not tell them: everything of ours in the kernel. */
  async kernel(): Promise<string> {
    const saved = await Promise.all(
      ['iptables-legacy-save', 'ip6tables-legacy-save'].map((command) => this.namespace.exec(command)),
    );
    return saved
      .map(({ stdout }) => (stdout.match(/^.*portshift.*$/gm) ?? []).join('\n'))
      .join('\n')
      .trim();
  }

  async remove(): Promise<void> {
    await this.namespace.remove();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Gives each test of a `describe` a command line of its own. */
export function useCommandLine(): () => CommandLine {
  let current: CommandLine;
  beforeEach(async () => {
    current = await CommandLine.create();
  });
  afterEach(() => current.remove());
  return () => current;
}
