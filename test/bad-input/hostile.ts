import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FirewallError } from '../../lib';

const throwing = () => {
  throw new Error('from the caller');
};

/** A proxy on which everything throws, as after Proxy.revocable().revoke(). */
function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const NUMBERS = [
  0,
  -0,
  -1,
  0.5,
  8443.5,
  65_536,
  2 ** 31,
  2 ** 32,
  2 ** 32 + 8443,
  2 ** 53,
  2 ** 53 + 8443,
  2 ** 63,
  2 ** 64,
  1e308,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.MIN_VALUE,
];

/** Text that means something to a shell, a format, a path, a terminal, a table's listing or a parser. */
export const TEXTS: readonly string[] = [
  '',
  ' ',
  '$(touch /tmp/portshift-was-here)',
  '`touch /tmp/portshift-was-here`',
  '; touch /tmp/portshift-was-here #',
  "' || touch /tmp/portshift-was-here || '",
  '%s%n%x%p',
  '%1$*2147483647$x',
  '../../../../etc/passwd',
  '/etc/passwd',
  '/dev/zero',
  '.',
  '..',
  '-A',
  '--owner',
  '\0',
  'web\0.evil',
  'web\n-A INPUT -j ACCEPT',
  '\r\n',
  '\u001b]0;owned\u0007',
  '\u202e',
  '\ud800',
  '"; drop',
  'web"',
  'web\\',
  'ü',
  '__proto__',
  'constructor',
  'toString',
  'eth0eth0eth0eth0',
  'eth+',
  'lo',
  'eth 0',
  'eth0:1',
  '0x1000',
  '1e3',
  '08445',
  '+8445',
  '8445 ',
  '8445.0',
  '8010-8000',
  '8000-',
  '-8000',
  '0-1',
  '1-65536',
  '8000-8010-8020',
  '18446744073709551616',
  '::ffff:192.0.2.7',
  '::ffff:c000:207',
  'fe80::1%eth0',
  '192.0.2.7/24',
  '192.0.2.256',
  '192.0.2',
  '0300.0.2.7',
  '0.0.0.0',
  '255.255.255.255',
  '224.0.0.1',
  'ff02::1',
  '::',
  '1::2::3',
  'localhost',
  'x'.repeat(64),
  'x'.repeat(100_000),
];

const OBJECTS: readonly (() => unknown)[] = [
  () => null,
  () => [],
  () => [undefined],
  () => new Array(3),
  () => new Array(2 ** 32 - 1),
  () => ({}),
  () => Object.create(null),
  () => JSON.parse('{"__proto__": {"direct": "open"}}'),
  () => ({ toString: () => '8445', valueOf: () => 8445 }),
  () => ({ [Symbol.toPrimitive]: () => 8445 }),
  () => Object(8445),
  () => Object('tcp'),
  () => new Date(8445),
  () => new Map([['port', 8445]]),
  () => new Uint16Array([8445]),
  () => /tcp/,
  () => Symbol('tcp'),
  () => 8445n,
  () => 2n ** 64n,
  () => throwing,
  () => ({ toString: throwing, valueOf: throwing, toJSON: throwing }),
  () => Object.defineProperty({}, 'port', { enumerable: true, get: throwing }),
  () => new Proxy({}, { ownKeys: throwing, get: throwing, has: throwing, getPrototypeOf: throwing }),
  revoked,
  () => Promise.resolve(8445),
  () => true,
  () => false,
];

/** A value that cannot always be printed: what printed a counterexample would fall for it as well. */
class Given {
  constructor(
    readonly make: () => unknown,
    readonly text: string,
  ) {}

  [fc.toStringMethod](): string {
    return this.text;
  }
}

/** Values that an option may be given by mistake or on purpose. `undefined` is left out: it is as good as nothing. */
export const hostile: fc.Arbitrary<Given> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...OBJECTS).map((make) => new Given(make, String(make))) },
  {
    weight: 10,
    arbitrary: fc
      .oneof(
        { weight: 3, arbitrary: fc.constantFrom(...TEXTS) },
        { weight: 2, arbitrary: fc.constantFrom<number>(...NUMBERS) },
        { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
        { weight: 1, arbitrary: fc.double() },
        { weight: 1, arbitrary: fc.bigInt() },
        { weight: 2, arbitrary: fc.anything({ withBigInt: true, withNullPrototype: true, withSparseArray: true }) },
      )
      .filter((value) => value !== undefined)
      .map((value) => new Given(() => value, fc.stringify(value))),
  },
);

/** An option in which two values are told, one to each who reads. */
export function changing(first: unknown, second: unknown): { get(): unknown } {
  let count = 0;
  return {
    get: () => {
      count += 1;
      return count === 1 ? first : second;
    },
  };
}

const CODES = ['ERR_INVALID_ARGUMENT', 'ERR_UNSUPPORTED', 'ERR_CONFLICT', 'ERR_NOT_FOUND'];

/** Asserts that the error is one of portshift's own, names the field, and says what would be accepted. */
export function assertRefusal(error: unknown, field: string): void {
  assert.ok(error instanceof FirewallError, `${String(error)} ${error instanceof Error ? error.stack : ''}`);
  assert.ok(CODES.includes(error.code), `${error.code}: ${error.message}`);
  assert.ok(error.message.length < 2_000, `a message of ${error.message.length} characters`);
  assert.doesNotMatch(error.message, /\p{C}/u, 'a control character in a message');
  if (error.code !== 'ERR_INVALID_ARGUMENT') return;
  assert.ok(error.field?.includes(field), `${field} is not in ${error.field}: ${error.message}`);
  assert.match(error.message, /give |accepted are |does not go with|this needs|name /);
}
