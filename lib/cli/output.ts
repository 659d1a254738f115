import { CommanderError } from 'commander';
import { escapeControls, escapedJson, FirewallError } from '../errors';
import type { NamedRule } from '../receipt';
import type { Publication } from '../rules/publication';
import type { Warning } from '../warnings';

// All that a command writes goes through here: names in it may be those of other programs, and of other users.

export function printJson(value: unknown): void {
  process.stdout.write(`${escapedJson(value)}\n`);
}

/** Each is one line, whatever it holds. */
export function print(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${escapeControls(line)}\n`).join(''));
}

/** A remark that is neither result nor error. */
export function remark(text: string): void {
  process.stderr.write(`${escapeControls(`portshift: ${text}`)}\n`);
}

const CLEAR_LINE = '\r\u001b[K';

/** What is going on, in place of what was said last; for a terminal alone. Nothing: the line is taken away. */
export function progress(text = ''): void {
  process.stderr.write(`${CLEAR_LINE}${escapeControls(text)}`);
}

/** Warnings go to standard error, each with what to do about it. */
export function printWarnings(warnings: readonly Warning[]): void {
  for (const { message, remedy } of warnings) {
    const lines = [`warning: ${message}`, ...(remedy === undefined ? [] : [`         -> ${remedy}`])];
    process.stderr.write(lines.map((line) => `${escapeControls(line)}\n`).join(''));
  }
}

/** The text for standard error, and the exit code. */
export function describeError(error: unknown, json: boolean): { text: string; code: number } {
  const { code, message, exitCode, ...rest } = classify(error);
  if (json) return { text: escapedJson({ error: { code, message, ...rest } }), code: exitCode };
  return { text: escapeControls(`portshift: ${message}`.replaceAll('\n', ' ')), code: exitCode };
}

function classify(error: unknown): { code: string; message: string; exitCode: number; [detail: string]: unknown } {
  if (error instanceof FirewallError) {
    const { code, message, field, value, errno, syscall, operation, difference, installed, left } = error;
    const exitCode = code === 'ERR_INVALID_ARGUMENT' ? 2 : 1;
    return { code, message, exitCode, field, value, errno, syscall, operation, difference, installed, left };
  }
  if (error instanceof CommanderError) {
    const message =
      error.code === 'commander.help'
        ? 'a command is missing, or there is none of that name'
        : error.message.replace(/^error: /, '').replace(/\.$/, '');
    return { code: 'ERR_INVALID_ARGUMENT', message: `${message}; see portshift --help`, exitCode: 2 };
  }
  return { code: 'ERR_INTERNAL', message: error instanceof Error ? error.message : String(error), exitCode: 1 };
}

/** `web: tcp 8445 -> 8443 (closed), 192.0.2.7 on eth0`. */
export function describePublication(publication: Publication): string {
  const { name, protocol, port, targetPort, destination, targetAddress, direct } = publication;
  const target = targetAddress === undefined ? String(targetPort) : `${targetAddress} port ${targetPort}`;
  const where = [
    destination === undefined ? '' : `, only at ${destination}`,
    publication.interface === undefined ? '' : `, only from ${publication.interface}`,
  ].join('');
  return `${name}: ${protocol} ${port} -> ${target} (direct access: ${direct})${where}`;
}

/** A change as lines of `+` and `-`. */
export function describeChange(change: {
  readonly added: readonly Pick<NamedRule, 'text'>[];
  readonly removed: readonly Pick<NamedRule, 'text'>[];
}): readonly string[] {
  const lines = [...change.removed.map(({ text }) => `- ${text}`), ...change.added.map(({ text }) => `+ ${text}`)];
  return lines.length === 0 ? ['nothing to change'] : lines;
}
