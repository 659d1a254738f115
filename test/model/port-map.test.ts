import assert from 'node:assert/strict';
import { PortMap } from '../../lib/model/port-map';
import { Random } from '../backends/support/random';

describe('A map by ports', () => {
  it('holds what a Map would, in the order of the ports', () => {
    const random = new Random(1);
    const map = new PortMap<number>();
    const expected = new Map<number, number>();
    for (let step = 0; step < 4_000; step += 1) {
      const port = random.chance(0.1) ? random.pick([0, 255, 256, 65_535]) : random.below(2_000);
      if (random.chance(0.6)) {
        map.set(port, step);
        expected.set(port, step);
      } else {
        map.delete(port);
        expected.delete(port);
      }
      assert.equal(map.get(port), expected.get(port));
      assert.equal([...map.values()].length, expected.size);
    }
    const inOrder = [...expected].sort(([a], [b]) => a - b).map(([, value]) => value);
    assert.deepEqual([...map.values()], inOrder);
  });
});
