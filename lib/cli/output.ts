import { CommanderError } from 'commander';
import type { NamedRule } from '../engine/applied';
import type { Warning } from '../foreign/warnings';
import type { Publication } from '../model/publication';
import { escapeControls, escapedJson, FirewallError } from '../util/errors';

// All output of a command goes through these functions, because names in it may be chosen by other programs and users.

export function printJson(value: unknown): void {
  process.stdout.write(`${escapedJson(value)}\n`);
}

/** Prints each text on one line, whatever characters it holds. */
export function print(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${escapeControls(line)}\n`).join(''));
}

/** Prints a remark, which is neither result nor error, to standard error. */
export function remark(text: string): void {
  process.stderr.write(`${escapeControls(`portshift: ${text}`)}\n`);
}

const CLEAR_LINE = '\r\u001b[K';

/** Shows a progress text in place of the previous one; for terminals only. Without a text, it clears the line. */
export function progress(text = ''): void {
  process.stderr.write(`${CLEAR_LINE}${escapeControls(text)}`);
}

/** Prints warnings to standard error, each with its remedy. */
export function printWarnings(warnings: readonly Warning[]): void {
  for (const { message, remedy } of warnings) {
    const lines = [`warning: ${message}`, ...(remedy === undefined ? [] : [`         -> ${remedy}`])];
    process.stderr.write(lines.map((line) => `${escapeControls(line)}\n`).join(''));
  }
}

/** Returns the text for standard error and the exit code. */
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

/** Returns a line such as `web: tcp 8445 -> 8443 (direct access: closed), only at 192.0.2.7, only from eth0`. */
export function describePublication(publication: Publication): string {
  const { name, protocol, port, targetPort, destination, targetAddress, direct } = publication;
  const target = targetAddress === undefined ? String(targetPort) : `${targetAddress} port ${targetPort}`;
  const where = [
    destination === undefined ? '' : `, only at ${destination}`,
    publication.interface === undefined ? '' : `, only from ${publication.interface}`,
  ].join('');
  return `${name}: ${protocol} ${port} -> ${target} (direct access: ${direct})${where}`;
}

/** Returns a change as lines that begin with `+` or `-`. */
export function describeChange(change: {
  readonly added: readonly Pick<NamedRule, 'text'>[];
  readonly removed: readonly Pick<NamedRule, 'text'>[];
}): readonly string[] {
  const lines = [...change.removed.map(({ text }) => `- ${text}`), ...change.added.map(({ text }) => `+ ${text}`)];
  return lines.length === 0 ? ['nothing to change'] : lines;
}
