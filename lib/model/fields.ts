import { FirewallError, invalidArgument, quoteText } from '../util/errors';
import type { Family, Protocol } from './table-rule';

/** The fields of T, where an absent one is undefined. */
export type Fields<T> = {
  readonly [Key in keyof Required<T>]: object extends Pick<T, Key> ? T[Key] | undefined : T[Key];
};

export type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** The checks in this file are shared by everything that takes an options object. Each throws ERR_INVALID_ARGUMENT. */

/**
 * Returns the known fields of an object. An unknown field is an error, because a misspelt option must not be ignored.
 * Only own fields count, and each is read once, so that a getter cannot return one value to the check and another one
 * later.
 */
export function checkObject(
  field: string,
  value: unknown,
  known: readonly string[],
): Readonly<Record<string, unknown>> {
  return readSafely(field, value, () => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalidArgument(field, value, `an object with ${known.join(', ')}`);
    }
    const read: Record<string, unknown> = Object.create(null);
    for (const key of Object.keys(value)) {
      const one = (value as Record<string, unknown>)[key];
      if (!known.includes(key)) throw unknownOption(field, key, one, known);
      read[key] = one;
    }
    return read;
  });
}

/**
 * Checks an object as `checkObject` does. Its name in messages is `where` without the last character, such as
 * `rules[2]` for `rules[2].`, or `called` if `where` is empty.
 */
export function checkFields(where: string, called: string, value: unknown, known: readonly string[]) {
  return checkObject(where === '' ? called : where.slice(0, -1), value, known);
}

function unknownOption(field: string, key: string, value: unknown, known: readonly string[]): FirewallError {
  return new FirewallError(
    'ERR_INVALID_ARGUMENT',
    `${field}: ${quoteText(key)} is not an option; accepted are ${known.join(', ')}`,
    { field: `${field}.${key}`, value },
  );
}

/** Returns what `read` returns. If a getter or proxy of the caller throws, the error has that as its cause. */
export function readSafely<T>(field: string, value: unknown, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof FirewallError) throw cause;
    throw new FirewallError('ERR_INVALID_ARGUMENT', `${field}: it cannot be read; give plain data`, {
      field,
      value,
      cause,
    });
  }
}

/** Returns a value that is undefined or an instance of the class. Any other value is an error. */
export function checkInstance<T>(
  field: string,
  value: unknown,
  type: new (...args: never[]) => T,
  accepted: string,
): T | undefined {
  if (value === undefined) return undefined;
  return readSafely(field, value, () => {
    if (value instanceof type) return value;
    throw invalidArgument(field, value, accepted);
  });
}

export function checkOneOf<const T extends string>(
  field: string,
  value: unknown,
  accepted: readonly T[],
  fallback: T,
): T {
  if (value === undefined) return fallback;
  const found = accepted.find((one) => one === value);
  if (found === undefined) throw invalidArgument(field, value, accepted.map((one) => `'${one}'`).join(' or '));
  return found;
}

export function checkBoolean(field: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') throw invalidArgument(field, value, 'true or false');
  return value;
}

export function checkProtocol(field: string, value: unknown): Protocol {
  return checkOneOf(field, value, ['tcp', 'udp'], 'tcp');
}

export function checkFamily(field: string, value: unknown): Family | undefined {
  return value === undefined ? undefined : checkOneOf(field, value, ['ipv4', 'ipv6'], 'ipv4');
}

/** Checks a whole number of milliseconds that a timer can wait. */
export function checkMilliseconds(field: string, value: unknown, shortest: number): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < shortest || value > 0x7fff_ffff) {
    throw invalidArgument(field, value, `a whole number of milliseconds from ${shortest} to 2147483647`);
  }
  return value;
}

const INTERFACE_PATTERN = /^[\x21-\x7e]{1,15}$/;

/**
 * Checks the name of one interface (IFNAMSIZ in linux/if.h: 15 bytes). Wildcards are not accepted, because `eth+` would
 * have a different meaning on each backend.
 */
export function checkInterface(field: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (
    typeof value !== 'string' ||
    !INTERFACE_PATTERN.test(value) ||
    /[/:+*"'\\]/.test(value) ||
    value === '.' ||
    value === '..'
  ) {
    throw invalidArgument(field, value, 'the name of one interface, 1 to 15 characters, without / : + * or quotes');
  }
  if (value === 'lo') {
    throw invalidArgument(
      field,
      value,
      'an interface that outside traffic comes in on; local clients are what `loopback` is for',
    );
  }
  return value;
}

const OWNER_PATTERN = /^[A-Za-z][A-Za-z0-9_-]{0,15}$/;

/**
 * Checks an owner's name. It is part of chain names, which have at most 28 bytes (XT_EXTENSION_MAXNAMELEN in
 * linux/netfilter/x_tables.h).
 */
export function checkOwner(field: string, value: unknown): string {
  if (value === undefined) return 'portshift';
  if (typeof value !== 'string' || !OWNER_PATTERN.test(value)) {
    throw invalidArgument(field, value, "1 to 16 letters, digits, '-' and '_', beginning with a letter");
  }
  return value;
}

const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._/@+-]{0,62}$/;

/** Checks the name of a published port. A name with the form of a port would be taken for one on the command line. */
export function checkName(field: string, value: unknown): string {
  if (typeof value !== 'string' || !NAME_PATTERN.test(value) || /^[0-9]+(-[0-9]+)?$/.test(value)) {
    throw invalidArgument(
      field,
      value,
      "1 to 63 letters, digits and '.', '_', '/', '@', '+', '-', beginning with a letter or digit, and not just a number",
    );
  }
  return value;
}
