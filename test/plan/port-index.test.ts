import assert from 'node:assert/strict';
import { PortIndex } from '../../lib/plan/port-index';
import { overlap } from '../../lib/rules/port';
import type { PortSpan } from '../../lib/tables/table-rule';
import { Random } from './support/random';

describe('A port index', () => {
  it('finds what overlaps, as a look at every item would', () => {
    const random = new Random(1);
    const index = new PortIndex<number>();
    const items = new Map<number, PortSpan>();
    for (let item = 0; item < 400; item += 1) {
      const first = random.below(100);
      const span: PortSpan = [first, random.chance(0.6) ? first : first + random.below(20)];
      index.add(span, item);
      items.set(item, span);
      const [other, gone] = random.pick([...items]);
      if (random.chance(0.4)) {
        index.delete(gone, other);
        items.delete(other);
      }
      const start = random.below(110);
      const wanted: PortSpan = [start, start + random.below(30)];
      const expected = [...items].filter(([, one]) => overlap(one, wanted)).map(([one]) => one);
      assert.deepEqual(
        [...index.overlapping(wanted)].sort((a, b) => a - b),
        expected,
      );
    }
  });

  it('holds several items on one port, and gives up each on its own', () => {
    const index = new PortIndex<string>();
    index.add([80, 80], 'a');
    index.add([80, 80], 'b');
    index.delete([80, 80], 'a');
    index.delete([81, 81], 'b');
    assert.deepEqual([...index.overlapping([80, 80])], ['b']);
    index.delete([80, 80], 'b');
    assert.deepEqual([...index.overlapping([0, 65535])], []);
  });
});
