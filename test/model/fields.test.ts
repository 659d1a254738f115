import assert from 'node:assert/strict';
import {
  checkBoolean,
  checkFamily,
  checkInterface,
  checkMilliseconds,
  checkName,
  checkObject,
  checkOneOf,
  checkOwner,
  checkProtocol,
} from '../../lib/model/fields';
import { FirewallError } from '../../lib/util/errors';
import { refuses, WRONG_TYPES } from './support';

describe('The options of a call', () => {
  it('are an object', () => {
    for (const value of [null, undefined, true, 1, 'port', 8n, [], () => ({}), Symbol('port')]) {
      refuses(
        () => checkObject('publish', value, ['port', 'name']),
        'publish',
        value,
        /give an object with port, name$/,
      );
    }
    assert.deepEqual({ ...checkObject('publish', { port: 1 }, ['port', 'name']) }, { port: 1 });
  });

  it('are all known: a misspelt one is not ignored', () => {
    assert.throws(
      () => checkObject('publish', { port: 1, prot: 'udp' }, ['port', 'name']),
      (error) => {
        assert.ok(error instanceof FirewallError);
        assert.equal(error.message, 'publish: "prot" is not an option; accepted are port, name');
        assert.deepEqual([error.code, error.field, error.value], ['ERR_INVALID_ARGUMENT', 'publish.prot', 'udp']);
        return true;
      },
    );
  });

  it('are named in a message by no more than their beginning', () => {
    assert.throws(
      () => checkObject('publish', { ['x'.repeat(1000)]: 1 }, ['port']),
      (error) => error instanceof Error && error.message.length < 140 && error.message.includes('x'.repeat(60)),
    );
  });
});

describe('A choice', () => {
  it('is one of the words, or the default', () => {
    assert.equal(checkOneOf('deny', 'reject', ['drop', 'reject'], 'drop'), 'reject');
    assert.equal(checkOneOf('deny', undefined, ['drop', 'reject'], 'drop'), 'drop');
    for (const value of [...WRONG_TYPES, '', 'DROP', 'drop ', 1]) {
      refuses(() => checkOneOf('deny', value, ['drop', 'reject'], 'drop'), 'deny', value, /give 'drop' or 'reject'$/);
    }
  });

  it('of the protocol is tcp or udp, tcp by default', () => {
    assert.equal(checkProtocol('protocol', undefined), 'tcp');
    assert.equal(checkProtocol('protocol', 'udp'), 'udp');
    for (const value of ['sctp', 'TCP', 6, 17, null]) {
      refuses(() => checkProtocol('protocol', value), 'protocol', value, /'tcp' or 'udp'$/);
    }
  });

  it('of the family has no default', () => {
    assert.equal(checkFamily('family', undefined), undefined);
    assert.equal(checkFamily('family', 'ipv6'), 'ipv6');
    for (const value of ['ip6', 'IPv4', 4, 6, null]) {
      refuses(() => checkFamily('family', value), 'family', value, /'ipv4' or 'ipv6'$/);
    }
  });
});

describe('A switch', () => {
  it('is true or false, never something like it', () => {
    assert.equal(checkBoolean('loopback', false, true), false);
    assert.equal(checkBoolean('loopback', undefined, true), true);
    for (const value of [null, 0, 1, '', 'true', 'no', {}, []]) {
      refuses(() => checkBoolean('loopback', value, true), 'loopback', value, /give true or false$/);
    }
  });
});

describe('A time', () => {
  it('is a whole number of milliseconds that a timer can wait', () => {
    for (const value of [0, 1, 5000, 0x7fff_ffff]) assert.equal(checkMilliseconds('lockTimeout', value, 0), value);
    assert.equal(checkMilliseconds('lockTimeout', undefined, 0), undefined);
    for (const value of [...WRONG_TYPES, -1, 0.5, 2 ** 31, Number.POSITIVE_INFINITY, '5000', '5s']) {
      refuses(
        () => checkMilliseconds('lockTimeout', value, 0),
        'lockTimeout',
        value,
        /milliseconds from 0 to 2147483647$/,
      );
    }
    assert.equal(checkMilliseconds('interval', 10, 10), 10);
    refuses(() => checkMilliseconds('interval', 9, 10), 'interval', 9, /milliseconds from 10 to 2147483647$/);
  });
});

describe('An interface', () => {
  it('is the name of one, at most 15 characters long', () => {
    for (const name of ['eth0', 'br-0a1b2c3d4e5f', 'eth0.100', 'wg_0', 'a', 'veth@x', 'lo0', 'x'.repeat(15)]) {
      assert.equal(checkInterface('interface', name), name);
    }
    assert.equal(checkInterface('interface', undefined), undefined);
    for (const value of [...WRONG_TYPES, 0, '', 'x'.repeat(16), 'eth 0', 'eth0\n', '\0', 'éth0', '.', '..']) {
      refuses(
        () => checkInterface('interface', value),
        'interface',
        value,
        /the name of one interface, 1 to 15 characters/,
      );
    }
  });

  it('is no pattern, and nothing that the backends would read differently', () => {
    for (const name of ['eth+', 'eth*', 'eth/0', 'eth0:1', '"eth0"', "e'th0", 'eth\\0', '+']) {
      refuses(() => checkInterface('interface', name), 'interface', name, /without \/ : \+ \* or quotes$/);
    }
  });

  it('is not loopback, and the message says what to use instead', () => {
    refuses(() => checkInterface('interface', 'lo'), 'interface', 'lo', /local clients are what `loopback` is for$/);
  });
});

describe('An owner', () => {
  it('is a short word, as it is part of chain names', () => {
    assert.equal(checkOwner('owner', undefined), 'portshift');
    for (const owner of ['a', 'blue', 'Team-7_x', 'x'.repeat(16)]) assert.equal(checkOwner('owner', owner), owner);
    for (const value of [...WRONG_TYPES, 1, '', '7up', '-a', '_a', 'a.b', 'a b', 'a\n', 'é', 'x'.repeat(17)]) {
      refuses(
        () => checkOwner('owner', value),
        'owner',
        value,
        /1 to 16 letters, digits, '-' and '_', beginning with a letter$/,
      );
    }
  });
});

describe('A name', () => {
  it('is a word of letters, digits and a few signs', () => {
    const names = ['web', 'tcp/8445', 'web.example', 'a@b', 'x+y', '7up', '8445a', 'A_b-c', 'x'.repeat(63), '1-2-3'];
    for (const name of names) assert.equal(checkName('name', name), name);
    for (const value of [
      ...WRONG_TYPES,
      1,
      undefined,
      '',
      'a b',
      'a=b',
      'a,b',
      '-a',
      '.a',
      'a\n',
      'é',
      'x'.repeat(64),
    ]) {
      refuses(() => checkName('name', value), 'name', value, /1 to 63 letters, digits and/);
    }
  });

  it('is none that reads like a port', () => {
    for (const name of ['8445', '0', '8000-8010']) {
      refuses(() => checkName('name', name), 'name', name, /and not just a number$/);
    }
  });
});
