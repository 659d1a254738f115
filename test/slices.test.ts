import assert from 'node:assert/strict';
import { sliced } from '../lib/slices';

describe('Work in slices', () => {
  it('gives its result', async () => {
    const result = await sliced(
      (function* () {
        yield;
        yield;
        return 7;
      })(),
    );
    assert.equal(result, 7);
  });

  it('lets others in before it ends', async () => {
    let others = false;
    setImmediate(() => {
      others = true;
    });
    await sliced(
      (function* () {
        for (let left = 1e8; !others; left -= 1) {
          if (left === 0) throw new Error('nobody was let in');
          yield;
        }
      })(),
    );
    assert.ok(others);
  });

  it('fails with what it throws', async () => {
    const fault = new Error('a fault');
    const work = sliced(
      // biome-ignore lint/correctness/useYield: it fails before it could.
      (function* () {
        throw fault;
      })(),
    );
    await assert.rejects(work, fault);
  });
});
