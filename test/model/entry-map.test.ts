import assert from 'node:assert/strict';
import { type Entry, entryKey } from '../../lib/model/entry';
import { EntryMap, groupOf } from '../../lib/model/entry-map';
import { markDrop } from '../../lib/model/mark-drop';
import { checkPublication, entriesOf } from '../../lib/model/publication';

const published = (name: string, port: number) =>
  entriesOf(checkPublication('', { name, port, targetPort: 8443 }, ['ipv4', 'ipv6']));
const closed = (port: number): Entry => ({ rule: markDrop({ port }) });

function mapOf(entries: readonly Entry[]): EntryMap<Entry> {
  const map = new EntryMap<Entry>((entry) => entry);
  for (const entry of entries) map.add(entry);
  return map;
}

const keys = (entries: Iterable<Entry>) => Array.from(entries, entryKey);

describe('A map by entries', () => {
  it('finds an entry by whatever object says the same, and no other', () => {
    const map = mapOf([...published('web', 80), closed(1)]);
    for (const entry of [...published('web', 80), closed(1)])
      assert.equal(entryKey(map.get(entry) ?? entry), entryKey(entry));
    for (const { name, rule, publication } of published('web', 80)) {
      const again = { rule: { ...rule }, ...(name && { name }), ...(publication && { publication }) };
      assert.notEqual(map.get(again), undefined);
    }
    for (const entry of [...published('api', 80), closed(2)]) assert.equal(map.get(entry), undefined);
    const [redirect, closing, loopback] = published('web', 81);
    assert.equal(map.get(redirect as Entry), undefined);
    assert.notEqual(map.get(closing as Entry), undefined);
    assert.equal(map.get(loopback as Entry), undefined);
  });

  it('tells two redirects apart that differ in nothing but the options they carry', () => {
    const [redirect] = published('web', 80);
    const [open] = entriesOf(
      checkPublication('', { name: 'web', port: 80, targetPort: 8443, direct: 'open' }, ['ipv4', 'ipv6']),
    );
    const map = mapOf([redirect as Entry]);
    assert.equal(map.get(open as Entry), undefined);
    assert.equal(map.delete(open as Entry), undefined);
    assert.equal(map.size, 1);
  });

  it('knows how many there are, as they come and go', () => {
    const map = mapOf([...published('web', 80), ...published('api', 90), closed(1)]);
    assert.equal(map.size, 7);
    assert.notEqual(map.delete(published('web', 80)[2] as Entry), undefined);
    assert.equal(map.size, 6);
    assert.deepEqual(keys(map.named('web')), keys(published('web', 80).slice(0, 2)));
    for (const entry of published('api', 90)) assert.equal(entryKey(map.delete(entry) as Entry), entryKey(entry));
    assert.deepEqual(map.named('api'), []);
    for (const entry of published('web', 80)) map.delete(entry);
    assert.equal(map.size, 1);
    assert.deepEqual(keys(map.values()), ['markDrop tcp 1']);
    map.clear();
    assert.equal(map.size, 0);
    assert.deepEqual(keys(map.values()), []);
  });

  it('keeps apart what has a name and what has none', () => {
    const [redirect] = published('web', 80) as [Entry];
    assert.equal(groupOf(redirect), 'web');
    assert.equal(groupOf(closed(1)), 'markDrop tcp 1');
    const map = mapOf([redirect]);
    assert.equal(map.get({ rule: redirect.rule }), undefined);
  });
});
