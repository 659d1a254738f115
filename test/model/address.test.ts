import assert from 'node:assert/strict';
import { checkAddress, familyOf, isLoopbackAddress } from '../../lib/model/address';
import { refuses, WRONG_TYPES } from './support';

const ACCEPTED = /give an IPv4 or IPv6 address of this host/;

describe('An address', () => {
  it('is one of IPv4 or IPv6, as text', () => {
    for (const address of ['192.0.2.7', '127.0.0.1', '10.0.0.0', '223.255.255.255', '2001:db8::7', '::1', 'fe80::1']) {
      assert.equal(checkAddress('destination', address), address);
    }
    for (const value of [...WRONG_TYPES, 1, undefined]) {
      refuses(() => checkAddress('destination', value), 'destination', value, ACCEPTED);
    }
  });

  it('is no host name, prefix, zone or other notation', () => {
    const texts = [
      '',
      'localhost',
      '192.0.2',
      '192.0.2.256',
      '192.0.2.07',
      '192.0.2.7/32',
      '192.0.2.7:80',
      '0xc0.0.2.7',
    ];
    for (const text of [...texts, ' 192.0.2.7', '2001:db8::/64', 'fe80::1%eth0', '[::1]', '2001:db8:::7', '1::2::3']) {
      refuses(() => checkAddress('destination', text), 'destination', text, ACCEPTED);
    }
  });

  it('is none that no host can have', () => {
    for (const text of ['0.0.0.0', '0.1.2.3', '224.0.0.1', '239.1.2.3', '255.255.255.255', '::', 'ff02::1']) {
      refuses(() => checkAddress('destination', text), 'destination', text, /this one is no host's own$/);
    }
  });

  it('has the canonical form in which the kernel prints it', () => {
    assert.equal(checkAddress('destination', '2001:DB8:0:0:0:0:0:7'), '2001:db8::7');
    assert.equal(checkAddress('destination', '2001:0db8::0007'), '2001:db8::7');
    assert.equal(checkAddress('destination', '0:0:0:0:0:0:0:1'), '::1');
    assert.equal(checkAddress('destination', '2001:db8::192.0.2.7'), '2001:db8::c000:207');
  });

  it('is not an IPv4 one in the clothes of IPv6; the message undresses it', () => {
    refuses(
      () => checkAddress('destination', '::ffff:192.0.2.7'),
      'destination',
      '::ffff:192.0.2.7',
      /'192\.0\.2\.7'$/,
    );
    refuses(() => checkAddress('destination', '::ffff:c000:207'), 'destination', '::ffff:c000:207', /'192\.0\.2\.7'$/);
  });

  it('has a family', () => {
    assert.equal(familyOf('192.0.2.7'), 'ipv4');
    assert.equal(familyOf('2001:db8::7'), 'ipv6');
  });

  it('may be a loopback address', () => {
    assert.ok(isLoopbackAddress('127.0.0.1'));
    assert.ok(isLoopbackAddress('127.255.0.9'));
    assert.ok(isLoopbackAddress('::1'));
    assert.ok(!isLoopbackAddress('128.0.0.1'));
    assert.ok(!isLoopbackAddress('12.7.0.0'));
    assert.ok(!isLoopbackAddress('::12'));
  });
});
