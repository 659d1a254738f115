import assert from 'node:assert/strict';
import {
  type Change,
  compose,
  difference,
  extentOf,
  inverse,
  isEmpty,
  isSameGroup,
  mayTakeAll,
  Regrouping,
  toldInSteps,
} from '../../lib/model/change';
import { type Entry, entryKey } from '../../lib/model/entry';
import { markDrop } from '../../lib/model/mark-drop';
import { checkPublication, entriesOf, leadOf } from '../../lib/model/publication';

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

describe('A regrouping', () => {
  const publication = (port: number, options: object = {}) =>
    checkPublication('', { name: 'web', port, targetPort: 8443, ...options }, ['ipv4']);
  const lead = (port: number, options: object = {}) => leadOf(publication(port, options));
  const list = (entries: readonly Entry[]) => entries.map(entryKey).sort();
  const text = ({ added, removed }: Change) => [list(removed), list(added)];

  it('says what differs between two leads, or a lead and a list, as the entries themselves would', () => {
    for (const [one, other] of [
      [publication(80), publication(81)],
      [publication(80), publication(80, { targetPort: 9443 })],
      [publication(80, { direct: 'open' }), publication(80, { loopback: false })],
      [publication(80, { deny: 'reject' }), publication(81)],
    ] as const) {
      const wanted = text(difference(entriesOf(one), entriesOf(other)));
      for (const before of [leadOf(one), entriesOf(one)]) {
        for (const after of [leadOf(other), entriesOf(other)]) {
          const change = new Regrouping('web', before, after);
          assert.deepEqual(text(change), wanted);
          assert.deepEqual(text(inverse(change)), [wanted[1], wanted[0]]);
          assert.ok(!isEmpty(change));
        }
      }
    }
    assert.deepEqual(list(new Regrouping('web', undefined, lead(80)).added), list(entriesOf(publication(80))));
    assert.deepEqual(list(new Regrouping('web', lead(80), undefined).removed), list(entriesOf(publication(80))));
  });

  it('is one with another of the same name, and nothing where that takes it back', () => {
    const there = new Regrouping('web', lead(80), lead(81));
    const further = new Regrouping('web', lead(81), lead(82));
    assert.deepEqual(
      text(compose([there, further])),
      text(difference(entriesOf(publication(80)), entriesOf(publication(82)))),
    );
    assert.ok(isEmpty(compose([there, new Regrouping('web', lead(81), lead(80))])));
    assert.ok(isEmpty(compose([there, new Regrouping('web', lead(81), entriesOf(publication(80)))])));
    const [first = one, ...others] = entriesOf(publication(81));
    const mixed = compose([there, { added: [], removed: [first] }, { added: [], removed: others }]);
    assert.deepEqual(text(mixed), text(difference(entriesOf(publication(80)), [])));
  });

  it('goes with other changes, whose entries can be told in steps', () => {
    const web = new Regrouping('web', lead(80), lead(81));
    const change = compose([web, difference([one], [two])]);
    const telling = toldInSteps(change);
    let steps = 0;
    while (!telling.next().done) steps += 1;
    assert.ok(steps > 1);
    const parts = [text(web), text(difference([one], [two]))];
    const wanted = [0, 1].map((side) => parts.flatMap((part) => part[side] ?? []).sort());
    assert.deepEqual(text(change), wanted);
    assert.deepEqual(text(inverse(change)), [wanted[1], wanted[0]]);
    assert.ok(isEmpty(compose([change, inverse(change)])));
    assert.equal(extentOf(change), 3 + 3 + 2);
  });

  it('may take everything where nothing comes with it', () => {
    const gone = new Regrouping('web', lead(80), undefined);
    assert.ok(mayTakeAll(gone, 3));
    assert.ok(!mayTakeAll(gone, 4));
    assert.ok(mayTakeAll(compose([gone, difference([one], [])]), 4));
    assert.ok(!mayTakeAll(compose([gone, difference([], [one])]), 1));
    assert.ok(!mayTakeAll(new Regrouping('web', lead(80), lead(81)), 1));
  });

  it('is between groups that are the same or not, in whatever form', () => {
    assert.ok(isSameGroup(lead(80), lead(80)));
    assert.ok(isSameGroup(lead(80), [...entriesOf(publication(80))].reverse()));
    assert.ok(!isSameGroup(lead(80), entriesOf(publication(80)).slice(1)));
    assert.ok(!isSameGroup(lead(80), lead(81)));
    assert.ok(!isSameGroup(lead(80), lead(80, { deny: 'reject' })));
    assert.ok(isSameGroup(undefined, undefined));
    assert.ok(!isSameGroup(undefined, lead(80)));
  });
});
