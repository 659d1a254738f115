import assert from 'node:assert/strict';
import { checkRedirect, redirect } from '../../lib/model/redirect';
import { refuses, refusesUnknown, WRONG_TYPES } from './support';

const GIVEN = { port: 8445, targetPort: 8443 };

describe('redirect()', () => {
  it('takes a public port to a target port, TCP by default', () => {
    assert.deepEqual(redirect(GIVEN), { kind: 'redirect', protocol: 'tcp', port: 8445, targetPort: 8443 });
  });

  it('keeps what is given, in canonical form, and the family its addresses say', () => {
    const rule = redirect({
      protocol: 'udp',
      port: '53-53' as const,
      targetPort: 5353,
      destination: '2001:DB8:0::7',
      interface: 'eth0',
      targetAddress: '2001:db8::8',
    });
    assert.deepEqual(rule, {
      kind: 'redirect',
      protocol: 'udp',
      port: 53,
      targetPort: 5353,
      destination: '2001:db8::7',
      interface: 'eth0',
      targetAddress: '2001:db8::8',
      family: 'ipv6',
    });
    assert.equal(redirect({ ...GIVEN, destination: '192.0.2.7' }).family, 'ipv4');
    assert.equal(redirect({ ...GIVEN, targetAddress: '2001:db8::7' }).family, 'ipv6');
    assert.equal(redirect({ ...GIVEN, family: 'ipv6' }).family, 'ipv6');
  });

  it('names the field that is wrong', () => {
    for (const field of ['port', 'targetPort', 'destination', 'interface', 'targetAddress', 'protocol', 'family']) {
      for (const value of WRONG_TYPES) {
        refuses(() => redirect({ ...GIVEN, [field]: value }), field, value, /; give /);
      }
    }
    refuses(() => redirect({ port: 8445 } as never), 'targetPort', undefined, /from 1 to 65535$/);
    refuses(() => redirect({ targetPort: 8443 } as never), 'port', undefined, /from 1 to 65535/);
  });

  it('takes one target port, no range', () => {
    refuses(() => redirect({ port: 1, targetPort: '2-3' as never }), 'targetPort', '2-3', /from 1 to 65535$/);
  });

  it('takes a port to another one, unless the address is another', () => {
    refuses(
      () => redirect({ port: 8443, targetPort: 8443 }),
      'targetPort',
      8443,
      /other than the public port \(8443\)$/,
    );
    refuses(() => redirect({ port: '8000-9000', targetPort: 8443 }), 'targetPort', 8443, /\(8000-9000\)$/);
    assert.equal(redirect({ port: 8443, targetPort: 8443, targetAddress: '192.0.2.8' }).targetPort, 8443);
  });

  it('takes outside traffic to no loopback address', () => {
    for (const targetAddress of ['127.0.0.1', '127.9.9.9', '::1']) {
      refuses(() => redirect({ ...GIVEN, targetAddress }), 'targetAddress', targetAddress, /reached from outside/);
    }
  });

  it('takes an address of one family to one of the same', () => {
    const addresses = { destination: '192.0.2.7', targetAddress: '2001:db8::8' };
    refuses(() => redirect({ ...GIVEN, ...addresses }), 'targetAddress', '2001:db8::8', /same family as destination/);
    assert.throws(() => redirect({ ...GIVEN, destination: '192.0.2.7', family: 'ipv6' }), {
      code: 'ERR_INVALID_ARGUMENT',
      field: 'family',
      value: 'ipv6',
      message: 'family: ipv6 does not go with the address 192.0.2.7',
    });
  });

  it('ignores no option it does not know', () => {
    refusesUnknown(() => redirect({ ...GIVEN, target: 1 } as never), 'redirect', 'target');
    refusesUnknown(() => checkRedirect('rules[2].', { ...GIVEN, name: 'web' }), 'rules[2]', 'name');
  });

  it('says where in a list the wrong one is', () => {
    refuses(() => checkRedirect('rules[2].', { ...GIVEN, port: 0 }), 'rules[2].port', 0, /from 1 to 65535/);
    refuses(() => checkRedirect('rules[2].', null), 'rules[2]', null, /give an object with protocol, port/);
    refuses(() => redirect(undefined as never), 'redirect', undefined, /give an object with protocol, port/);
  });

  it('neither keeps nor changes the object it was given', () => {
    const given = { ...GIVEN, destination: '2001:DB8::7' };
    const rule = redirect(given);
    given.port = 1;
    assert.equal(rule.port, 8445);
    assert.equal(given.destination, '2001:DB8::7');
  });
});
