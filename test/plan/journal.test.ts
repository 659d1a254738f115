import assert from 'node:assert/strict';
import { difference } from '../../lib/plan/change';
import { Journal } from '../../lib/plan/journal';
import { type Entry, entryKey } from '../../lib/rules/entry';
import { markDrop } from '../../lib/rules/mark-drop';

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
});
