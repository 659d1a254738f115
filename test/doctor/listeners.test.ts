import assert from 'node:assert/strict';
import { parseListeners } from '../../lib/doctor/listeners';

const HEADER = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';

describe('parseListeners', () => {
  it('reads addresses and ports of sockets that listen, and of no others', () => {
    const tcp = [
      '   0: 0100007F:20FB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1',
      '   1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1',
      '   2: 0100007F:20FB 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 3 1',
    ];
    assert.deepEqual(parseListeners('tcp', `${HEADER}${tcp.join('\n')}\n`), [
      { protocol: 'tcp', address: '127.0.0.1', port: 8443 },
      { protocol: 'tcp', address: '0.0.0.0', port: 22 },
    ]);
  });

  it('reads IPv6, and UDP sockets without a peer', () => {
    const udp6 = [
      '  9: 00000000000000000000000001000000:0035 00000000000000000000000000000000:0000 07 0:0 0:0 0 0 0 1 2',
      ' 10: 000077FD000000000000000001000000:14E9 00000000000000000000000000000000:0000 07 0:0 0:0 0 0 0 1 2',
      ' 11: 0000000000000000FFFF00000100007F:0035 00000000000000000000000000000000:0000 07 0:0 0:0 0 0 0 1 2',
      ' 12: 00000000000000000000000001000000:0036 00000000000000000000000001000000:1234 01 0:0 0:0 0 0 0 1 2',
    ];
    assert.deepEqual(parseListeners('udp6', `${HEADER}${udp6.join('\n')}\n`), [
      { protocol: 'udp', address: '::1', port: 53 },
      { protocol: 'udp', address: 'fd77::1', port: 5353 },
      { protocol: 'udp', address: '127.0.0.1', port: 53 },
    ]);
  });
});
