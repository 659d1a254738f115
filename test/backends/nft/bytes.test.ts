import assert from 'node:assert/strict';
import { addressBytes, addressOf } from '../../../lib/backends/nft/bytes';
import { checkAddress } from '../../../lib/model/address';

describe('The bytes of an address', () => {
  const cases: Readonly<Record<string, string>> = {
    '192.0.2.7': 'c0000207',
    '::1': '00000000000000000000000000000001',
    '2001:db8::7': '20010db8000000000000000000000007',
    '1:2:3:4:5:6:7:8': '00010002000300040005000600070008',
    'fe80::': 'fe800000000000000000000000000000',
    // As inet_ntop(3) writes addresses whose first 96 bits are zero.
    '::15.129.0.0': '0000000000000000000000000f810000',
    '::1.2.3.4': '00000000000000000000000001020304',
  };

  for (const [address, bytes] of Object.entries(cases)) {
    it(`${address}`, () => {
      assert.equal(addressBytes(checkAddress('destination', address)), bytes);
      assert.equal(checkAddress('destination', addressOf(bytes)), address);
    });
  }
});
