import assert from 'node:assert/strict';
import { difference } from '../../lib/model/change';
import { type Entry, entryKey, parseEntry } from '../../lib/model/entry';
import type { FoundEntry } from '../../lib/model/repair';
import { GroundTruth } from '../../lib/watch/ground-truth';
import { finish } from '../backends/support/simulation';

function entry(text: string): Entry {
  const parsed = parseEntry(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
}

const WEB = ['redirect tcp 80>8443 name=web', 'markDrop tcp 8443 name=web', 'loopback tcp 80>8443 name=web'];
const API = ['redirect tcp 81>9443 name=api opt=open,nolo'];
const RULE = ['markDrop udp 53'];

function found(texts: readonly string[], state: FoundEntry['state'] = 'whole') {
  return texts.map((text) => ({ entry: entry(text), state, packets: 0 }));
}

describe('What a watch takes for what should be there', () => {
  let truth: GroundTruth;

  /** What is told to be lost when this is found. */
  function lost(entries: ReturnType<typeof found>, damage: readonly string[] = [], announced = false): string[] {
    return finish(truth.judge({ entries, damage }, announced)).entries.map(entryKey).sort();
  }

  /** What healing does to what is found. */
  function mended(entries: ReturnType<typeof found>): string[] {
    const { added, removed } = finish(truth.mend(entries));
    return [...removed.map((one) => `-${entryKey(one)}`), ...added.map((one) => `+${entryKey(one)}`)].sort();
  }

  const plus = (texts: readonly string[]) => texts.map((text) => `+${text}`).sort();

  beforeEach(() => {
    truth = new GroundTruth();
    assert.deepEqual(lost(found([...WEB, ...RULE])), []);
  });

  it('is what it finds whole at first, and whole rulesets that others leave behind', () => {
    assert.deepEqual(lost(found([...API, ...RULE])), []);
    assert.deepEqual([...truth.entries.keys()].sort(), [...API, ...RULE].sort());
  });

  it('is not that everything is gone, unless somebody has said so', () => {
    assert.deepEqual(lost([]), [...WEB, ...RULE].sort());
    assert.deepEqual(mended([]), plus([...WEB, ...RULE]));
    assert.deepEqual(lost([], [], true), []);
    assert.deepEqual(mended([]), []);
  });

  it('is not what is found in pieces: what is missing there is lost', () => {
    const pieces = [...found(RULE), ...found(WEB.slice(1), 'rest')];
    assert.deepEqual(lost(pieces, ['in pieces']), WEB.toSorted());
    assert.deepEqual(mended(pieces), plus(WEB));
  });

  it('takes what is damaged and still there whole for no loss of a rule', () => {
    assert.deepEqual(lost(found([...WEB, ...RULE]), ['the jump is missing']), []);
    assert.deepEqual(mended(found([...WEB, ...RULE])), []);
  });

  it('follows what this process changes', () => {
    truth.commit(
      difference(
        found(WEB).map((one) => one.entry),
        found(API).map((one) => one.entry),
      ),
    );
    assert.deepEqual(lost([]), [...API, ...RULE].sort());
  });

  it('is still what another process has repaired away, until it is there again in whatever form', () => {
    truth.owe({ removed: WEB.slice(1), added: ['markDrop tcp 8443'] });
    const makeshift = found(['markDrop tcp 8443', ...RULE]);
    assert.deepEqual(lost(makeshift), WEB.toSorted());
    assert.deepEqual(mended(makeshift), ['-markDrop tcp 8443', ...plus(WEB)].sort());
    const moved = WEB.map((text) => text.replace('80>', '90>'));
    assert.deepEqual(lost(found([...moved, ...RULE])), []);
    assert.deepEqual(mended(found([...moved, ...RULE])), []);
  });

  it('no longer is what others have put something else in the place of', () => {
    assert.deepEqual(lost([]), [...WEB, ...RULE].sort());
    const other = found(['redirect tcp 80>7443 name=other opt=open,nolo']);
    assert.deepEqual(mended(other), plus(RULE));
    assert.ok(!truth.entries.has(WEB[0] ?? ''));
  });
});
