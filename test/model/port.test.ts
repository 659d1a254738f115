import assert from 'node:assert/strict';
import { checkPort, checkPorts, includes, overlap, type Port, spanOf } from '../../lib/model/port';
import { refuses, WRONG_TYPES } from './support';

const NOT_PORTS = [0, -1, 65536, 1.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 32 + 1, undefined];

describe('A port', () => {
  it('is a whole number from 1 to 65535', () => {
    for (const port of [1, 80, 8443, 65535]) assert.equal(checkPort('targetPort', port), port);
    for (const value of [...NOT_PORTS, ...WRONG_TYPES, '8443', '']) {
      refuses(() => checkPort('targetPort', value), 'targetPort', value, /give a whole number from 1 to 65535$/);
    }
  });

  it('may be a range of them where it is public', () => {
    assert.equal(checkPorts('port', '8000-8010'), '8000-8010');
    assert.equal(checkPorts('port', '1-65535'), '1-65535');
    for (const value of [...NOT_PORTS, ...WRONG_TYPES]) {
      refuses(() => checkPorts('port', value), 'port', value, /from 1 to 65535, or a range such as '8000-8010'$/);
    }
  });

  it('has one canonical form', () => {
    assert.equal(checkPorts('port', '8443'), 8443);
    assert.equal(checkPorts('port', '8443-8443'), 8443);
  });

  it('is no text in another notation', () => {
    const texts = [
      '',
      ' 80',
      '80 ',
      '080',
      '0x50',
      '8e1',
      '80.0',
      '+80',
      '-80',
      '80-',
      '-',
      '0-5',
      '80-65536',
      '80:90',
    ];
    for (const text of [...texts, '80 - 90', '1-2-3', 'http', '８０', '80\n', '100000', '1-100000']) {
      refuses(() => checkPorts('port', text), 'port', text, /or a range such as '8000-8010'$/);
    }
  });

  it('is no range that runs backwards; the message turns it round', () => {
    refuses(() => checkPorts('port', '8010-8000'), 'port', '8010-8000', /'8000-8010'$/);
  });

  it('has a first and a last', () => {
    assert.deepEqual(spanOf(8443), [8443, 8443]);
    assert.deepEqual(spanOf('8000-8010'), [8000, 8010]);
  });

  it('includes what is between its ends, and these', () => {
    assert.ok(includes(80, 80) && includes('80-90', 80) && includes('80-90', 90));
    assert.ok(!includes(80, 81) && !includes('80-90', 79) && !includes('80-90', 91));
  });

  it('overlaps another where they have a port in common', () => {
    const overlaps = (a: Port, b: Port) => overlap(spanOf(a), spanOf(b));
    assert.ok(overlaps(80, 80));
    assert.ok(overlaps('80-90', 80));
    assert.ok(overlaps(90, '80-90'));
    assert.ok(overlaps('80-90', '90-95'));
    assert.ok(overlaps('80-90', '82-84'));
    assert.ok(overlaps('82-84', '80-90'));
    assert.ok(!overlaps(80, 81));
    assert.ok(!overlaps('80-90', 91));
    assert.ok(!overlaps(79, '80-90'));
    assert.ok(!overlaps('80-90', '91-95'));
  });
});
