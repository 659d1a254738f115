import assert from 'node:assert/strict';
import { readElements } from '../../lib/backends/nft-elements';
import type { ReadElement } from '../../lib/plan/nft-installed';

const read = (...pages: string[]) => {
  const sets = new Map<string, ReadElement[]>();
  for (const page of pages) readElements(page, sets);
  return Object.fromEntries(sets);
};

describe('Elements that were read as text', () => {
  it('have the fields that are there', () => {
    assert.deepEqual(
      read(':tcp_ports\x001f90=20fb#12 name=web opt=local\x0000\x001f90-1f95!=c0000207#18014398509481984\0'),
      {
        tcp_ports: [
          { key: '1f90', data: '20fb', packets: 12, comment: 'name=web opt=local' },
          { key: '00' },
          { key: '1f90', keyEnd: '1f95', ends: true, data: 'c0000207', packets: 2 ** 54 },
        ],
      },
    );
  });

  it('may have any comment, of others as well', () => {
    assert.deepEqual(read(':s\x00aa  :b=#1\nx!\x00'), { s: [{ key: 'aa', comment: ' :b=#1\nx!' }] });
  });

  it('go on in their set from page to page', () => {
    assert.deepEqual(read('', ':a\x0001\x00:b\x0002\x00', ':b\x0003\x00:a\x0004\x00'), {
      a: [{ key: '01' }, { key: '04' }],
      b: [{ key: '02' }, { key: '03' }],
    });
  });
});
