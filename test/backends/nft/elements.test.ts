import assert from 'node:assert/strict';
import { ElementWriter, readElements } from '../../../lib/backends/nft/elements';
import type { ReadElement } from '../../../lib/backends/nft/installed';

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

describe('Elements that are written', () => {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

  it('are lines, and gone once they are taken', () => {
    const writer = new ElementWriter();
    writer.write({
      op: 'deleteElements',
      set: 'tcp_ports',
      elements: [{ key: '20fd', data: '20fb', comment: 'name=web' }],
    });
    writer.write({
      op: 'newElements',
      set: 's',
      elements: [
        { key: '01', keyEnd: '02', data: '03' },
        { key: '04', ends: true },
        { key: '05', openEnded: true },
      ],
    });
    const lines = text(writer.take());
    assert.equal(lines, '-tcp_ports\x0020fd=20fb name=web\0+s\x0001-02=03\x0004!\x0005+\0');
    assert.equal(writer.length, 0);
    assert.equal(text(writer.take()), '');
  });

  it('may be any number, with any comment', () => {
    const writer = new ElementWriter();
    const elements = Array.from({ length: 3_000 }, (_, index) => ({ key: 'aa', comment: `${index} größer 🔥` }));
    writer.write({ op: 'newElements', set: 's', elements });
    const lines = elements.map(({ key, comment }) => `${key} ${comment}\0`).join('');
    assert.equal(text(writer.take()), `+s\0${lines}`);
  });
});
