import assert from 'node:assert/strict';
import { FirewallError, invalidArgument } from '../../lib/util/errors';

describe('A FirewallError', () => {
  it('carries a code, a message and what it is told', () => {
    const cause = new Error('below');
    const error = new FirewallError('ERR_COMMIT', 'it failed', {
      errno: 'ENOMEM',
      syscall: 'x',
      operation: 'y',
      cause,
    });
    assert.ok(error instanceof Error);
    assert.equal(String(error), 'FirewallError: it failed');
    assert.deepEqual([error.code, error.errno, error.syscall, error.operation], ['ERR_COMMIT', 'ENOMEM', 'x', 'y']);
    assert.equal(error.cause, cause);
    assert.ok(error.stack?.includes('errors.test'));
  });

  it('has no fields it was not given', () => {
    const error = new FirewallError('ERR_CLOSED', 'closed');
    assert.deepEqual(Object.keys(error).sort(), ['code', 'name']);
    assert.ok(!('cause' in error));
  });
});

describe('A complaint about input', () => {
  const quoted = (value: unknown) =>
    /^port: (.*) is not accepted; give a port$/.exec(invalidArgument('port', value, 'a port').message)?.[1];

  it('quotes the value, whatever its type', () => {
    const values: readonly [value: unknown, quote: string][] = [
      ['80x', '"80x"'],
      ['a"\n', String.raw`"a\"\n"`],
      [80, '80'],
      [Number.NaN, 'NaN'],
      [true, 'true'],
      [null, 'null'],
      [undefined, 'undefined'],
      [80n, '80n'],
      [[80], 'an array'],
      [{ port: 80 }, 'an object'],
      [() => 80, 'a function'],
      [Symbol('port'), 'a symbol'],
    ];
    for (const [value, quote] of values) assert.equal(quoted(value), quote);
  });

  it('quotes no more than the beginning of a long one, on one line', () => {
    const quote = quoted('x\n'.repeat(500)) ?? '';
    assert.ok(quote.length < 100 && quote.endsWith('..." (1000 characters)'), quote);
    assert.ok(!quote.includes('\n'));
  });

  it('carries field and value as they are', () => {
    const value = { port: 80 };
    const error = invalidArgument('rules[2].port', value, 'a port');
    assert.deepEqual([error.code, error.field], ['ERR_INVALID_ARGUMENT', 'rules[2].port']);
    assert.equal(error.value, value);
  });
});
