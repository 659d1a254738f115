import assert from 'node:assert/strict';
import { overlap, type Port, spanOf } from '../../lib/model/port';
import { PortIndex } from '../../lib/model/port-index';
import { Random } from '../backends/support/random';

const portsFrom = (first: number, more: number): Port => (more === 0 ? first : `${first}-${first + more}`);

describe('A port index', () => {
  it('finds what overlaps, as a look at every item would', () => {
    const random = new Random(1);
    const index = new PortIndex<number>();
    const items = new Map<number, Port>();
    for (let item = 0; item < 400; item += 1) {
      const port = portsFrom(random.below(100), random.chance(0.6) ? 0 : random.below(20));
      index.add(port, item);
      items.set(item, port);
      const [other, gone] = random.pick([...items]);
      if (random.chance(0.4)) {
        index.delete(gone, other);
        items.delete(other);
      }
      const wanted = portsFrom(random.below(110), random.below(30));
      const expected = [...items].filter(([, one]) => overlap(spanOf(one), spanOf(wanted))).map(([one]) => one);
      assert.ok(!index.isFree(wanted) || expected.length === 0);
      assert.deepEqual(
        [...index.overlapping(wanted)].sort((a, b) => a - b),
        expected,
      );
    }
  });

  it('holds several items on one port, and gives up each on its own', () => {
    const index = new PortIndex<string>();
    index.add(80, 'a');
    index.add(80, 'b');
    index.delete(80, 'a');
    index.delete(81, 'b');
    assert.deepEqual([...index.overlapping(80)], ['b']);
    index.delete(80, 'b');
    assert.ok(index.isFree(80) && !new PortIndex<string>().isFree('80-90'));
    assert.deepEqual([...index.overlapping('1-65535')], []);
  });
});
