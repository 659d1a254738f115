import assert from 'node:assert/strict';
import { inStrides } from '../../lib/util/strides';

describe('What is done in strides', () => {
  it('is done with each in its order, some of them in one go', () => {
    for (const count of [0, 1, 7, 8, 9, 100]) {
      const items = Array.from({ length: count }, (_, index) => index);
      const done: number[] = [];
      const after: number[] = [];
      for (const _ of inStrides(items, (item) => done.push(item))) after.push(done.length);
      assert.deepEqual(done, items);
      assert.equal(after.at(-1) ?? 0, count);
      assert.ok(after.length <= Math.ceil(count / 8));
      assert.ok(count < 100 || after.length > 10);
    }
  });
});
