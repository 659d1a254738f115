import assert from 'node:assert/strict';
import { difference } from '../../lib/model/change';
import { type Entry, entryKey } from '../../lib/model/entry';
import { Journal } from '../../lib/model/journal';
import { markDrop } from '../../lib/model/mark-drop';

const entry = (port: number): Entry => ({ rule: markDrop({ port }) });

describe('A journal', () => {
  it('tells what came after a point, as one change', () => {
    const journal = new Journal();
    const first = journal.record(difference([], [entry(1)]));
    const second = journal.record(difference([entry(1)], [entry(2)]));
    const third = journal.record(difference([], [entry(1), entry(3)]));
    assert.deepEqual(journal.since(first).added.map(entryKey).sort(), ['markDrop tcp 2', 'markDrop tcp 3']);
    assert.deepEqual(journal.since(first).removed, []);
    assert.deepEqual(journal.since(second).added.map(entryKey), ['markDrop tcp 1', 'markDrop tcp 3']);
    assert.deepEqual(journal.since(third), { added: [], removed: [] });
  });

  it('tells the same where one of the changes was of many entries', () => {
    const journal = new Journal();
    const first = journal.record(difference([], [entry(1)]));
    const all = Array.from({ length: 5_000 }, (_, index) => entry(1_000 + index));
    const filled = journal.record(difference([], all));
    for (let count = 0; count < 600; count += 1) {
      const [before, after] = count % 2 === 0 ? [2, 3] : [3, 2];
      journal.record(difference(count === 0 ? [] : [entry(before)], [entry(after)]));
    }
    assert.equal(journal.since(first).added.length, 5_001);
    assert.deepEqual(journal.since(filled).added.map(entryKey), ['markDrop tcp 2']);
    journal.record(difference(all, []));
    assert.deepEqual(journal.since(first).added.map(entryKey), ['markDrop tcp 2']);
  });

  it('tells the same however long ago a point was, and keeps little of what came after it', () => {
    const journal = new Journal();
    const first = journal.record(difference([], [entry(1)]));
    const points: (typeof first)[] = [];
    for (let count = 1; count <= 2_000; count += 1) {
      points.push(journal.record(difference([entry(1 + ((count - 1) % 50))], [entry(1 + (count % 50))])));
    }
    const text = (point: typeof first) => {
      const { added, removed } = journal.since(point);
      return [...added.map((one) => `+${entryKey(one)}`), ...removed.map((one) => `-${entryKey(one)}`)].join(' ');
    };
    assert.equal(text(first), '');
    assert.equal(text(points[9] ?? first), '+markDrop tcp 1 -markDrop tcp 11');
    assert.equal(text(points[300] ?? first), '+markDrop tcp 1 -markDrop tcp 2');
    assert.equal(text(points.at(-2) ?? first), '+markDrop tcp 1 -markDrop tcp 50');
    assert.equal(text(points.at(-1) ?? first), '');

    let links = first.list.changes.length;
    for (let { next } = first.list.page; next !== undefined; { next } = next) {
      links += 1 + (next.list?.changes.length ?? 0);
    }
    assert.ok(links < 600, String(links));
  });
});
