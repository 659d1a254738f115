import assert from 'node:assert/strict';
import { SteadyMap } from '../../lib/util/steady-map';
import { Random } from '../backends/support/random';

describe('A steady map', () => {
  it('holds what a Map would, however many keys come and go', () => {
    const random = new Random(1);
    const map = new SteadyMap<string, number>();
    const expected = new Map<string, number>();
    for (let step = 0; step < 6_000; step += 1) {
      const key = `key ${random.below(step < 3_000 ? 40 : 1_000)}`;
      if (random.chance(0.5)) {
        map.set(key, step);
        expected.set(key, step);
      } else {
        assert.equal(map.delete(key), expected.delete(key));
      }
      assert.equal(map.get(key), expected.get(key));
      assert.equal(map.has(key), expected.has(key));
      assert.equal(map.size, expected.size);
    }
    const sorted = (values: Iterable<number>) => [...values].sort((a, b) => a - b);
    assert.deepEqual(sorted(map.values()), sorted(expected.values()));
    assert.deepEqual(new Map(map), expected);
    assert.deepEqual([...map.keys()].sort(), [...expected.keys()].sort());
    map.clear();
    assert.deepEqual([map.size, ...map.values()], [0]);
  });

  it('puts back in its place what was deleted a moment ago', () => {
    const map = new SteadyMap<string, number>();
    for (const [index, key] of ['a', 'b', 'c'].entries()) map.set(key, index);
    map.delete('b');
    assert.deepEqual([...map.values()], [0, 2]);
    map.set('b', 7);
    assert.deepEqual([...map.values()], [0, 7, 2]);
  });
});
