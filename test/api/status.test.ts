import assert from 'node:assert/strict';
import { countersOf, statusOf } from '../../lib/api/status';
import type { CountedEntry, Installed } from '../../lib/backends/backend';
import { Counting } from '../../lib/backends/counting';
import type { Entry } from '../../lib/model/entry';
import { checkPublication, entriesOf } from '../../lib/model/publication';
import { sliced } from '../../lib/util/slices';

const publication = (name: string, port: number) =>
  checkPublication('', { name, port, targetPort: port + 10_000 }, ['ipv4', 'ipv6']);

/** Entries with their kinds and counts, as a backend tells of them: all by one object. */
function installed(...all: readonly (readonly [Entry | undefined, number])[]): Installed {
  const counted: Iterable<CountedEntry> = {
    [Symbol.iterator]: () =>
      new Counting(all.values(), ([entry, packets], one) => {
        assert.ok(entry !== undefined);
        const denies = entry.rule.kind === 'markDrop';
        one.entry = entry;
        one.connections = denies ? 0 : packets;
        one.denied = denies ? packets : 0;
      }),
  };
  return { entries: [], counted, damage: [], intruders: [], leftover: false, isKnown: true, isWhole: true };
}

describe('The status of published ports', () => {
  const [web, api] = [publication('web', 8445), publication('api', 8447)];
  const [webRedirect, webClosing, webLoopback] = entriesOf(web);
  const [apiRedirect, apiClosing] = entriesOf(api);
  const unnamed: Entry = { rule: { ...(webClosing as Entry).rule } };

  it('is what the rules of each have counted, in whatever order they come', async () => {
    const found = installed(
      [apiClosing, 7],
      [webClosing, 0],
      [webRedirect, 1],
      [unnamed, 100],
      [webLoopback, 2],
      [apiRedirect, 3],
    );
    assert.deepEqual(await sliced(statusOf(found)), [
      { ...web, connections: 3, denied: 0 },
      { ...api, connections: 3, denied: 7 },
    ]);
    assert.deepEqual(await sliced(countersOf('api', found)), { connections: 3, denied: 7 });
    assert.equal(await sliced(countersOf('gone', found)), undefined);
  });

  it('is there as well where one entry tells all of a published port', async () => {
    const found = installed([webRedirect, 1], [apiRedirect, 2]);
    assert.deepEqual(await sliced(statusOf(found)), [
      { ...web, connections: 1, denied: 0 },
      { ...api, connections: 2, denied: 0 },
    ]);
  });

  it('knows nothing of rules that are no published port any more', async () => {
    assert.deepEqual(await sliced(statusOf(installed([webClosing, 4]))), []);
  });
});
