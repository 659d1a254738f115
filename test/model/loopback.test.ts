import assert from 'node:assert/strict';
import { checkLoopback, loopback } from '../../lib/model/loopback';
import { refuses, refusesUnknown, WRONG_TYPES } from './support';

const GIVEN = { port: 8445, targetPort: 8443 };

describe('loopback()', () => {
  it('takes local clients of a public port to a target port, TCP by default', () => {
    assert.deepEqual(loopback(GIVEN), { kind: 'loopback', protocol: 'tcp', port: 8445, targetPort: 8443 });
  });

  it('is bound to a family by its target address only: clients on 127.0.0.0/8 and ::1 have no destination', () => {
    assert.equal(loopback({ ...GIVEN, targetAddress: '192.0.2.8' }).family, 'ipv4');
    assert.equal(loopback({ ...GIVEN, destination: '192.0.2.7' }).family, undefined);
    assert.equal(loopback({ ...GIVEN, destination: '192.0.2.7', family: 'ipv6' }).family, 'ipv6');
  });

  it('names the field that is wrong', () => {
    for (const field of ['port', 'targetPort', 'destination', 'targetAddress', 'protocol', 'family']) {
      for (const value of WRONG_TYPES) {
        refuses(() => loopback({ ...GIVEN, [field]: value }), field, value, /; give /);
      }
    }
    refuses(() => checkLoopback('add[0].', { ...GIVEN, port: 0 }), 'add[0].port', 0, /from 1 to 65535/);
  });

  it('knows no interface: it is always lo', () => {
    refusesUnknown(() => loopback({ ...GIVEN, interface: 'eth0' } as never), 'loopback', 'interface');
  });

  it('takes a port to another one', () => {
    refuses(() => loopback({ port: 8443, targetPort: 8443 }), 'targetPort', 8443, /other than the public port/);
  });

  it('refuses a family that its target address is not of', () => {
    assert.throws(() => loopback({ ...GIVEN, targetAddress: '192.0.2.8', family: 'ipv6' }), {
      code: 'ERR_INVALID_ARGUMENT',
      field: 'family',
    });
  });
});
