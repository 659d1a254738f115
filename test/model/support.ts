import assert from 'node:assert/strict';
import { FirewallError } from '../../lib/util/errors';

/** Checks that a call complains about this field and this value, and says what it would accept. */
export function refuses(call: () => unknown, field: string, value: unknown, accepted: RegExp): void {
  assert.throws(call, (error) => {
    assert.ok(error instanceof FirewallError, `${field}: ${String(error)}`);
    assert.equal(error.code, 'ERR_INVALID_ARGUMENT', error.message);
    assert.equal(error.field, field, error.message);
    assert.equal(error.value, value, error.message);
    assert.ok(error.message.startsWith(`${field}: `), error.message);
    assert.match(error.message, accepted);
    return true;
  });
}

/** Checks that a call complains about an option that it does not know. */
export function refusesUnknown(call: () => unknown, where: string, option: string): void {
  assert.throws(call, (error) => {
    assert.ok(error instanceof FirewallError, String(error));
    assert.equal(error.code, 'ERR_INVALID_ARGUMENT');
    assert.equal(error.field, `${where}.${option}`);
    assert.ok(error.message.startsWith(`${where}: "${option}" is not an option; accepted are `), error.message);
    return true;
  });
}

/** Values of every type, none of which is a port, an address, a name or an option. */
export const WRONG_TYPES: readonly unknown[] = [
  null,
  true,
  false,
  0n,
  8443n,
  {},
  [],
  [8443],
  ['8443'],
  { port: 8443 },
  () => 8443,
  Symbol('port'),
  new Date(0),
  Number.NaN,
];

/** One object for every combination of the values of its fields. */
export function* combinations(
  fields: Readonly<Record<string, readonly unknown[]>>,
): Generator<Record<string, unknown>> {
  const [[name, values] = ['', []], ...others] = Object.entries(fields);
  if (name === '') {
    yield {};
    return;
  }
  for (const value of values) {
    for (const rest of combinations(Object.fromEntries(others))) yield { [name]: value, ...rest };
  }
}
