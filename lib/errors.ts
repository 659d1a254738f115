/** Stable codes: compare these, never the message. */
export type FirewallErrorCode =
  /** A capability is missing, a sandbox forbids it, or a file may not be opened. */
  | 'ERR_PERMISSION'
  /** This kernel, host or backend cannot do it. */
  | 'ERR_UNSUPPORTED'
  /** A value is not acceptable; nothing was touched. `field` and `value` name it. */
  | 'ERR_INVALID_ARGUMENT'
  /** It contradicts what is installed; nothing was changed. */
  | 'ERR_CONFLICT'
  /** No published port of that name, no such namespace. */
  | 'ERR_NOT_FOUND'
  /** Another program held the xtables lock for longer than `lockTimeout`. */
  | 'ERR_LOCK_TIMEOUT'
  /** The backend's addon or the kernel's side of it is not there. */
  | 'ERR_BACKEND_UNAVAILABLE'
  /** Connections were still there when the time to wait for them was up; `left` says how many. */
  | 'ERR_TIMEOUT'
  /** The kernel refused the change. */
  | 'ERR_COMMIT'
  /** The process that would roll an unconfirmed change back cannot be started; nothing was changed. */
  | 'ERR_GUARDIAN'
  /** The firewall was closed. */
  | 'ERR_CLOSED'
  /** A fault in portshift itself. */
  | 'ERR_INTERNAL';

/** What an error carries beside its code and message, as far as it applies. */
export interface FirewallErrorDetails {
  /** The option that is wrong: `targetPort`, `rules[2].port`. */
  readonly field?: string;
  /** What was given there. */
  readonly value?: unknown;
  /** The kernel's errno as a symbol, `EPERM`. */
  readonly errno?: string;
  /** The call that failed, `iptc_commit`. */
  readonly syscall?: string;
  /** What was being done: which table, which rule. */
  readonly operation?: string;
  /** With ERR_CONFLICT from `rollback()`: what changed since. */
  readonly difference?: { readonly added: readonly unknown[]; readonly removed: readonly unknown[] };
  /** Where undoing failed as well: the rules that are installed now, or why they cannot be read. */
  readonly installed?: readonly string[];
  /** With ERR_TIMEOUT: how many connections were left. */
  readonly left?: number;
  /** What it came from: an error of the addon, or whatever the caller's own getter threw. */
  readonly cause?: unknown;
}

/** Every error that portshift throws. The message says what is wrong and what to do about it. */
export class FirewallError extends Error {
  readonly code: FirewallErrorCode;
  // Declared only: a field that is not given must not be there as undefined.
  declare readonly field?: string;
  declare readonly value?: unknown;
  declare readonly errno?: string;
  declare readonly syscall?: string;
  declare readonly operation?: string;
  declare readonly difference?: { readonly added: readonly unknown[]; readonly removed: readonly unknown[] };
  declare readonly installed?: readonly string[];
  declare readonly left?: number;

  constructor(code: FirewallErrorCode, message: string, details: FirewallErrorDetails = {}) {
    const { cause, ...fields } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'FirewallError';
    this.code = code;
    Object.assign(this, fields);
  }
}

/** The longest piece of a caller's value that a message quotes. */
const QUOTE_LIMIT = 64;

/**
 * What could control a terminal, reorder what it shows or pass for nothing at all: controls of C0 and C1, marks of
 * bidirectional text, joiners, private, unassigned and lone surrogate characters, and separators of lines.
 */
const CONTROLS = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** A text with its controls in the notation of JavaScript; ends of lines are controls as well. */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** A value as one line of JSON that has no controls in it either; it reads as the same value. */
export function escapedJson(value: unknown): string {
  return JSON.stringify(value).replace(CONTROLS, (character) =>
    Array.from(character.split(''), (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  );
}

/** A caller's text as it can be shown: short, and without anything that would control a terminal. */
export function quoteText(text: string): string {
  const escaped = escapeControls(JSON.stringify(text.slice(0, QUOTE_LIMIT)));
  const characters = [...escaped];
  if (text.length <= QUOTE_LIMIT && characters.length <= QUOTE_LIMIT) return escaped;
  return `${characters.slice(0, QUOTE_LIMIT).join('')}..." (${text.length} characters)`;
}

function quote(value: unknown): string {
  if (typeof value === 'string') return quoteText(value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined) {
    return String(value);
  }
  if (typeof value === 'bigint') return `${value}n`;
  if (isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function isArray(value: unknown): boolean {
  try {
    return Array.isArray(value);
  } catch {
    // A proxy that was revoked.
    return false;
  }
}

/** The one shape of every complaint about input: the field, the value, and what is accepted. */
export function invalidArgument(field: string, value: unknown, accepted: string): FirewallError {
  return new FirewallError('ERR_INVALID_ARGUMENT', `${field}: ${quote(value)} is not accepted; give ${accepted}`, {
    field,
    value,
  });
}

/** The errno that Node.js gives an error, `ENOENT`. */
export function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

const EXHAUSTED: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EAGAIN']);

/** Whether this process or host has none left of what was asked for: descriptors, memory, processes. */
export function isExhausted(error: unknown): boolean {
  return EXHAUSTED.has(errnoOf(error));
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Has what Node.js itself could not do for want of descriptors or memory fail with a FirewallError, ERR_UNSUPPORTED. */
export async function explainExhaustion<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FirewallError || !isExhausted(error)) throw error;
    throw new FirewallError(
      'ERR_UNSUPPORTED',
      `${messageOf(error)}; raise the limit (ulimit -n), or close what is open, and see what is installed`,
      { errno: errnoOf(error) ?? 'EMFILE', cause: error },
    );
  }
}
