import assert from 'node:assert/strict';
import { checkMark } from '../../lib/model/mark';
import { refuses, refusesUnknown, WRONG_TYPES } from './support';

describe('A mark', () => {
  it('is one bit that no registered user takes, unless another is given', () => {
    assert.equal(checkMark('mark', undefined), undefined);
  });

  it('is up to 32 bits under a mask', () => {
    for (const mark of [
      { value: 1, mask: 1 },
      { value: 0x4000, mask: 0xc000 },
      { value: 0x8000_0000, mask: 0x8000_0000 },
      { value: 0xffff_ffff, mask: 0xffff_ffff },
    ]) {
      assert.deepEqual(checkMark('mark', mark), mark);
    }
  });

  it('has two whole numbers, and zero is neither', () => {
    for (const value of [...WRONG_TYPES, undefined, 0, -1, 1.5, 2 ** 32, '0x1000']) {
      refuses(() => checkMark('mark', { value, mask: 1 }), 'mark.value', value, /from 1 to 4294967295 \(32 bits\)$/);
      refuses(
        () => checkMark('mark', { value: 1, mask: value }),
        'mark.mask',
        value,
        /from 1 to 4294967295 \(32 bits\)$/,
      );
    }
  });

  it('has no bits outside its mask', () => {
    refuses(() => checkMark('mark', { value: 3, mask: 0x12 }), 'mark.value', 3, /give bits that lie in the mask 0x12$/);
  });

  it('is an object with these two fields only', () => {
    for (const value of [null, 0x1000, '0x1000/0x1000', [1, 1]]) {
      refuses(() => checkMark('mark', value), 'mark', value, /give an object with value, mask$/);
    }
    refusesUnknown(() => checkMark('mark', { value: 1, mask: 1, bits: 2 }), 'mark', 'bits');
  });
});
