import assert from 'node:assert/strict';
import { type Change, compose, difference, inverse, isEmpty } from '../../lib/plan/change';
import { type Entry, entryKey } from '../../lib/rules/entry';
import { markDrop } from '../../lib/rules/mark-drop';
import { checkPublication, entriesOf } from '../../lib/rules/publication';

const [one, two, three] = [1, 2, 3].map((port): Entry => ({ rule: markDrop({ port }) })) as [Entry, Entry, Entry];

/** `+1 -2`: ports instead of entries. */
function ports(change: Change): string {
  const list = (sign: string, entries: readonly Entry[]) => entries.map(({ rule }) => `${sign}${rule.port}`);
  return [...list('-', change.removed), ...list('+', change.added)].join(' ');
}

describe('A change', () => {
  it('is what turns one set of entries into another', () => {
    assert.equal(ports(difference([one, two], [two, three])), '-1 +3');
    assert.equal(ports(difference([], [one])), '+1');
    assert.equal(ports(difference([one], [])), '-1');
  });

  it('is empty between equal sets, in whatever order and by whatever objects', () => {
    const again = [two, one].map((entry) => ({ ...entry, rule: { ...entry.rule } }));
    assert.ok(isEmpty(difference([one, two], again)));
    assert.ok(!isEmpty(difference([one], [])));
    assert.ok(!isEmpty(difference([], [one])));
  });

  it('is undone by its inverse', () => {
    const change = difference([one, two], [two, three]);
    assert.equal(ports(inverse(change)), '-3 +1');
    assert.ok(isEmpty(compose([change, inverse(change)])));
  });

  it('is one with those that follow it: what came and went again is no part of it', () => {
    const changes = [
      difference([], [one, two]),
      difference([one, two], [two, three]),
      difference([two, three], [one, three]),
    ];
    assert.equal(ports(compose(changes)), '+3 +1');
    assert.ok(isEmpty(compose([])));
  });

  it('is the net of what follows one another, also within a published port', () => {
    const web = (port: number) => entriesOf(checkPublication('', { name: 'web', port, targetPort: 8443 }, ['ipv4']));
    const moved = [difference(web(80), web(81)), difference(web(81), web(82)), difference([], [three])];
    const list = (entries: readonly Entry[]) => entries.map(entryKey);
    assert.deepEqual(list(compose(moved).removed), [
      'redirect tcp 80>8443 name=web opt=v4',
      'loopback tcp 80>8443 name=web opt=v4',
    ]);
    assert.deepEqual(list(compose(moved).added), [
      'redirect tcp 82>8443 name=web opt=v4',
      'loopback tcp 82>8443 name=web opt=v4',
      'markDrop tcp 3',
    ]);
    assert.ok(isEmpty(compose([...moved, difference(web(82), web(80)), difference([three], [])])));
  });
});
