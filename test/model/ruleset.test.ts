import assert from 'node:assert/strict';
import { type Entry, entryKey } from '../../lib/model/entry';
import { markDrop } from '../../lib/model/mark-drop';
import { checkPublication, entriesOf } from '../../lib/model/publication';
import { redirect } from '../../lib/model/redirect';
import { Ruleset } from '../../lib/model/ruleset';
import type { FirewallError } from '../../lib/util/errors';
import { Random } from '../backends/support/random';

const to = (port: number, targetPort = 8443): Entry => ({ rule: redirect({ port, targetPort }) });
const web = checkPublication('', { name: 'web', port: 80, targetPort: 8443 }, ['ipv4', 'ipv6']);

const keys = (ruleset: Ruleset) => [...ruleset.entries()].map(entryKey).sort();

describe('A ruleset', () => {
  it('is a set: adding twice and removing what is not there change nothing', () => {
    const ruleset = new Ruleset();
    ruleset.add(to(80));
    ruleset.add({ rule: { ...to(80).rule } });
    ruleset.remove(to(81));
    assert.equal(ruleset.size, 1);
    assert.ok(ruleset.has(to(80)) && !ruleset.has(to(81)));
    assert.deepEqual(ruleset.changeSince(0), { added: [to(80)], removed: [] });
  });

  it('refuses what contradicts it, and stays as it is', () => {
    const ruleset = new Ruleset();
    ruleset.add(to(80));
    assert.throws(() => ruleset.add(to(80, 9443)), { code: 'ERR_CONFLICT' });
    assert.deepEqual(keys(ruleset), ['redirect tcp 80>8443']);
    assert.equal(ruleset.position, 1);
    ruleset.remove(to(80));
    ruleset.add(to(80, 9443));
    assert.deepEqual(keys(ruleset), ['redirect tcp 80>9443']);
  });

  it('knows the entries of a published port, and its options, by its name', () => {
    const ruleset = new Ruleset();
    for (const entry of entriesOf(web)) ruleset.add(entry);
    assert.deepEqual(ruleset.named('web').map(entryKey), entriesOf(web).map(entryKey));
    assert.deepEqual(ruleset.publication('web'), web);
    assert.deepEqual(ruleset.named('api'), []);
    assert.equal(ruleset.publication('api'), undefined);
    for (const entry of entriesOf(web)) ruleset.remove(entry);
    assert.deepEqual(ruleset.named('web'), []);
  });

  it('takes over what the kernel holds, right or wrong, as no edit of its own', () => {
    const ruleset = new Ruleset();
    ruleset.load(to(80));
    ruleset.load(to(80, 9443));
    ruleset.load(to(80));
    assert.equal(ruleset.size, 2);
    assert.equal(ruleset.position, 0);
    ruleset.revertTo(0);
    assert.equal(ruleset.size, 2);
  });

  it('forgets its edits when they are in the kernel', () => {
    const ruleset = new Ruleset();
    ruleset.add(to(80));
    ruleset.settle();
    assert.equal(ruleset.position, 0);
    assert.deepEqual(ruleset.changeSince(0), { added: [], removed: [] });
    assert.ok(ruleset.has(to(80)));
  });

  it('can be taken back to any position, whatever was edited', () => {
    const random = new Random(2);
    for (let round = 0; round < 50; round += 1) {
      const ruleset = new Ruleset();
      const positions: [position: number, keys: string[]][] = [];
      for (let edit = 0; edit < 40; edit += 1) {
        positions.push([ruleset.position, keys(ruleset)]);
        editSomehow(ruleset, random);
      }
      while (positions.length > 0) {
        const at = random.below(positions.length);
        const [position, expected] = positions[at] ?? [0, []];
        positions.length = at;
        ruleset.revertTo(position);
        assert.deepEqual(keys(ruleset), expected);
      }
    }
  });

  it('says what its edits since a position come to', () => {
    const random = new Random(3);
    const ruleset = new Ruleset();
    for (let round = 0; round < 100; round += 1) {
      const position = ruleset.position;
      const before = new Set(keys(ruleset));
      for (let edit = random.below(6); edit > 0; edit -= 1) editSomehow(ruleset, random);
      const { added, removed } = ruleset.changeSince(position);
      for (const entry of removed) assert.ok(before.delete(entryKey(entry)));
      for (const entry of added) before.add(entryKey(entry));
      assert.deepEqual([...before].sort(), keys(ruleset));
    }
  });
});

function editSomehow(ruleset: Ruleset, random: Random): void {
  if (random.chance(0.4)) {
    publishSomehow(ruleset, random);
    return;
  }
  const [part] = ruleset.named('web').slice(random.below(3));
  if (part !== undefined && random.chance(0.2)) {
    ruleset.remove(part);
    if (random.chance(0.5)) ruleset.add(part);
    return;
  }
  const entry: Entry = random.chance(0.3)
    ? { rule: markDrop({ port: 8443 + random.below(3) }) }
    : to(80 + random.below(4), 8443 + random.below(2));
  if (random.chance(0.4)) {
    ruleset.remove(entry);
    return;
  }
  try {
    ruleset.add(entry);
  } catch (error) {
    assert.match(String(error), /is taken by/);
  }
}

/** Some of these contradict each other, or what else is there. */
function publishSomehow(ruleset: Ruleset, random: Random): void {
  const name = random.chance(0.5) ? 'web' : 'api';
  const options = {
    name,
    port: 80 + random.below(4),
    targetPort: 8443 + random.below(2),
    loopback: random.chance(0.5),
  };
  const wanted = random.chance(0.2) ? undefined : checkPublication('', options, ['ipv4', 'ipv6']);
  const before = keys(ruleset);
  try {
    ruleset.replace(name, wanted);
    const entries = wanted === undefined ? [] : entriesOf(wanted);
    assert.deepEqual(ruleset.named(name).map(entryKey).sort(), entries.map(entryKey).sort());
  } catch (error) {
    assert.equal((error as FirewallError).code, 'ERR_CONFLICT');
    assert.deepEqual(keys(ruleset), before);
  }
}
