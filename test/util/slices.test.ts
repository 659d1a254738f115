import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { isHeldLong, rest, Slice, sliced } from '../../lib/util/slices';

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

  it('shares a slice with other work: many short pieces let others in as well', async () => {
    let others = false;
    setImmediate(() => {
      others = true;
    });
    const slice = new Slice();
    for (let left = 1e7; !others; left -= 1) {
      if (left === 0) throw new Error('nobody was let in');
      await sliced(
        (function* () {
          yield;
        })(),
        slice,
      );
    }
  });

  it('counts what other work has done in the same turn, which none of them would count alone', async () => {
    let others = false;
    setImmediate(() => {
      others = true;
    });
    for (let left = 1e8; !others; left -= 1) {
      if (left === 0) throw new Error('nobody was let in');
      await Promise.resolve();
      if (isHeldLong()) await rest();
    }
    await rest();
    assert.equal(isHeldLong(), false);
  });

  it('is held once in a turn, also where it begins before the part of the turn in which it goes on', async () => {
    const hold = () => {
      while (!isHeldLong());
    };
    await readFile(__filename);
    hold();
    await rest();
    assert.equal(isHeldLong(), true);
    await rest();
    assert.equal(isHeldLong(), false);
    hold();
    await rest();
    assert.equal(isHeldLong(), false);
  });

  it('fails with what it throws', async () => {
    const fault = new Error('a fault');
    for (const steps of [0, 100_000]) {
      const work = async () =>
        sliced(
          (function* () {
            for (let left = steps; left > 0; left -= 1) yield;
            throw fault;
          })(),
        );
      await assert.rejects(work, fault);
    }
  });
});
