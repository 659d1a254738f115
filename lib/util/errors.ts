/** Stable error codes. Programs should compare these and never the message. */
export type FirewallErrorCode =
  /** A capability is missing, a sandbox forbids it, or a file may not be opened. */
  | 'ERR_PERMISSION'
  /** This kernel, host or backend cannot do it. */
  | 'ERR_UNSUPPORTED'
  /** A value is not acceptable; nothing was touched. `field` and `value` name it. */
  | 'ERR_INVALID_ARGUMENT'
  /** The call contradicts what is installed; nothing was changed. */
  | 'ERR_CONFLICT'
  /** There is no published port of that name, or no such namespace. */
  | 'ERR_NOT_FOUND'
  /** Another program held the xtables lock for longer than `lockTimeout`. */
  | 'ERR_LOCK_TIMEOUT'
  /** The addon of the backend, or the kernel's support for it, is missing. */
  | 'ERR_BACKEND_UNAVAILABLE'
  /** Connections were still open when the timeout ended; `left` is their number. */
  | 'ERR_TIMEOUT'
  /** The kernel refused the change, or its tables could not be opened. */
  | 'ERR_COMMIT'
  /**
   * The process that rolls an unconfirmed change back could not be started or reached, ended early, or does not answer.
   */
  | 'ERR_GUARDIAN'
  /** The firewall is closed. */
  | 'ERR_CLOSED'
  /** A defect in portshift itself. */
  | 'ERR_INTERNAL';

/** The details of an error besides its code and message. Only those that apply are set. */
export interface FirewallErrorDetails {
  /** The name of the wrong option, such as `targetPort` or `rules[2].port`. */
  readonly field?: string;
  /** The value of that option. */
  readonly value?: unknown;
  /** The kernel's errno as a symbol, such as `EPERM`. */
  readonly errno?: string;
  /** The call that failed, such as `iptc_commit`. */
  readonly syscall?: string;
  /** The operation that failed, with its table and rule. */
  readonly operation?: string;
  /** The changes since then, with ERR_CONFLICT from `rollback()` or `restore()`. */
  readonly difference?: { readonly added: readonly unknown[]; readonly removed: readonly unknown[] };
  /** If undoing failed as well: the rules that are installed now, or the reason why they cannot be read. */
  readonly installed?: readonly string[];
  /** The number of connections that were left, with ERR_TIMEOUT. */
  readonly left?: number;
  /** The underlying error: one of the addon, or the value that a getter of the caller threw. */
  readonly cause?: unknown;
}

/** The class of the errors that portshift throws. The message gives the fault and the remedy. */
export class FirewallError extends Error {
  readonly code: FirewallErrorCode;
  // These fields are only declared, because a field without a value must not exist with the value undefined.
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

/** The longest part of a caller's value, in characters, that a message quotes. */
const QUOTE_LIMIT = 64;

/**
 * Matches characters that could control a terminal, reorder what it shows or stay invisible: C0 and C1 controls, marks
 * of bidirectional text, joiners, private, unassigned and lone surrogate characters, and line separators.
 */
const CONTROLS = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** Replaces control characters, line ends included, by their JavaScript escapes. */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** Returns a value as one line of JSON without control characters. The line parses to the same value. */
export function escapedJson(value: unknown): string {
  return JSON.stringify(value).replace(CONTROLS, (character) =>
    Array.from(character.split(''), (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  );
}

/** Quotes a caller's text for a message: shortened, and without characters that could control a terminal. */
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
    // Array.isArray() throws for a revoked proxy.
    return false;
  }
}

/** Returns the error for a wrong argument. Its message names the field, the value and what is accepted. */
export function invalidArgument(field: string, value: unknown, accepted: string): FirewallError {
  return new FirewallError('ERR_INVALID_ARGUMENT', `${field}: ${quote(value)} is not accepted; give ${accepted}`, {
    field,
    value,
  });
}

/** Returns the errno of a Node.js error, such as `ENOENT`. */
export function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

const EXHAUSTED: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EAGAIN']);

/** Returns true if this process or host has run out of descriptors, memory or processes. */
export function isExhausted(error: unknown): boolean {
  return EXHAUSTED.has(errnoOf(error));
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Runs `work`. An error of Node.js that is due to a lack of descriptors or memory becomes a FirewallError,
 * ERR_UNSUPPORTED.
 */
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
