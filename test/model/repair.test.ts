import assert from 'node:assert/strict';
import { type Entry, entryKey, parseEntry } from '../../lib/model/entry';
import { type FoundEntry, repair } from '../../lib/model/repair';
import { finish } from '../backends/support/simulation';

function entry(text: string): Entry {
  const parsed = parseEntry(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
}

/** What becomes of entries that were found: `+` is added, `-` removed. */
function repaired(found: Readonly<Record<string, FoundEntry['state']>>): string[] {
  const { added, removed } = finish(
    repair(Object.entries(found).map(([text, state]) => ({ entry: entry(text), state }))),
  );
  return [...removed.map((one) => `-${entryKey(one)}`), ...added.map((one) => `+${entryKey(one)}`)].sort();
}

describe('A repair', () => {
  it('leaves alone what is whole', () => {
    assert.deepEqual(repaired({}), []);
    assert.deepEqual(
      repaired({
        'redirect tcp 80>8443 name=web': 'whole',
        'markDrop tcp 8443 name=web': 'whole',
        'loopback tcp 80>8443 name=web': 'whole',
        'markDrop udp 53': 'whole',
      }),
      [],
    );
  });

  it('completes what is begun and removes what is a rest', () => {
    assert.deepEqual(repaired({ 'redirect tcp 80>8443': 'begun', 'markDrop tcp 8443': 'rest' }), [
      '+redirect tcp 80>8443',
      '-markDrop tcp 8443',
    ]);
  });

  it('puts a published port together from its redirect', () => {
    assert.deepEqual(
      repaired({ 'redirect tcp 80>8443 name=web opt=reject': 'whole', 'markDrop tcp 1 name=web': 'rest' }),
      ['+loopback tcp 80>8443 name=web', '+markDrop tcp 8443 name=web opt=reject', '-markDrop tcp 1 name=web'],
    );
  });

  it('removes a published port of which the redirect is a rest', () => {
    assert.deepEqual(repaired({ 'redirect tcp 80>8443 name=web': 'rest', 'loopback tcp 80>8443 name=web': 'rest' }), [
      '-loopback tcp 80>8443 name=web',
      '-redirect tcp 80>8443 name=web',
    ]);
  });

  it('keeps one of two redirects of one name: the one that is begun, or else the last', () => {
    const parts = { 'markDrop tcp 8443 name=web': 'whole', 'loopback tcp 80>8443 name=web': 'whole' } as const;
    const older = { 'redirect tcp 80>8443 name=web': 'whole' } as const;
    const begun = { 'redirect tcp 81>8443 name=web': 'begun' } as const;
    for (const found of [
      { ...older, ...parts, ...begun },
      { ...begun, ...older, ...parts },
    ]) {
      assert.deepEqual(repaired(found), [
        '+loopback tcp 81>8443 name=web',
        '+redirect tcp 81>8443 name=web',
        '-loopback tcp 80>8443 name=web',
        '-redirect tcp 80>8443 name=web',
      ]);
    }
    const two = {
      'redirect tcp 80>8443 at=2001:db8::7 name=web opt=open,nolo': 'whole',
      'redirect tcp 80>8443 at=2001:db8::8 name=web opt=open,nolo': 'whole',
    } as const;
    assert.deepEqual(repaired(two), ['-redirect tcp 80>8443 at=2001:db8::7 name=web opt=open,nolo']);
  });
});

describe('A closed port whose published port has gone', () => {
  it('stays closed, on its own', () => {
    assert.deepEqual(repaired({ 'markDrop tcp 8443 name=web opt=reject': 'whole' }), [
      '+markDrop tcp 8443 opt=reject',
      '-markDrop tcp 8443 name=web opt=reject',
    ]);
    assert.deepEqual(repaired({ 'markDrop tcp 8443 name=web': 'begun' }), [
      '+markDrop tcp 8443',
      '-markDrop tcp 8443 name=web',
    ]);
  });

  it('is no longer closed where only a rest of the rule is there', () => {
    assert.deepEqual(repaired({ 'markDrop tcp 8443 name=web': 'rest' }), ['-markDrop tcp 8443 name=web']);
  });

  it('needs no rule where another closes it as well', () => {
    for (const other of ['markDrop tcp 8443 opt=reject', 'markDrop tcp 8000-9000', 'markDrop tcp 8443 opt=cut']) {
      assert.deepEqual(repaired({ 'markDrop tcp 8443 name=web': 'whole', [other]: 'whole' }), [
        '-markDrop tcp 8443 name=web',
      ]);
    }
    for (const other of [
      'markDrop udp 8443',
      'markDrop tcp 8444',
      'markDrop tcp 8443 opt=local',
      'markDrop tcp 8443 opt=v4',
    ]) {
      assert.ok(repaired({ 'markDrop tcp 8443 name=web': 'whole', [other]: 'whole' }).includes('+markDrop tcp 8443'));
    }
  });

  it('is closed as its published port says, where that is there after all', () => {
    const found = {
      'redirect tcp 80>8443 name=web opt=nolo': 'whole',
      'markDrop tcp 8443 name=web opt=cut': 'whole',
    } as const;
    assert.deepEqual(repaired(found), ['+markDrop tcp 8443 name=web', '-markDrop tcp 8443 name=web opt=cut']);
  });
});
