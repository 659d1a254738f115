import assert from 'node:assert/strict';
import { parsePort, parsePortSpec } from '../../lib/cli/port-spec';
import { refuses } from '../model/support';

describe('PORT:TARGET', () => {
  it('is a public port or a range, a target port, and a protocol', () => {
    assert.deepEqual(parsePortSpec('8445:8443'), { port: 8445, targetPort: 8443, protocol: 'tcp' });
    assert.deepEqual(parsePortSpec('8445:8443/tcp'), { port: 8445, targetPort: 8443, protocol: 'tcp' });
    assert.deepEqual(parsePortSpec('8000-8010:9000/udp'), { port: '8000-8010', targetPort: 9000, protocol: 'udp' });
    assert.deepEqual(parsePortSpec('80-80:9000'), { port: 80, targetPort: 9000, protocol: 'tcp' });
  });

  it('is nothing else', () => {
    for (const text of [
      '',
      '8445',
      ':8443',
      '8445:',
      '8445:8443:1',
      '8445:8443/',
      '8445:8443/sctp',
      '8445:8443/UDP',
      '/udp',
    ]) {
      refuses(() => parsePortSpec(text), 'ports', text, /give PORT:TARGET or PORT:TARGET\/udp/);
    }
    refuses(() => parsePortSpec('x:8443'), 'port', 'x', /from 1 to 65535/);
    refuses(() => parsePortSpec('8445: 8443'), 'targetPort', ' 8443', /from 1 to 65535/);
  });

  it('has a target that is one port', () => {
    assert.equal(parsePort('targetPort', '65535'), 65535);
    for (const text of ['', '0', '65536', '1-2', '1e3', '0x1', '+1', '01', '1.0', ' 1']) {
      refuses(() => parsePort('targetPort', text), 'targetPort', text, /from 1 to 65535$/);
    }
  });
});
