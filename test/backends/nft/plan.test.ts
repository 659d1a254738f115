import assert from 'node:assert/strict';
import { InstalledNft } from '../../../lib/backends/nft/installed';
import { operationText } from '../../../lib/backends/nft/notation';
import { planNft } from '../../../lib/backends/nft/plan';
import type { Change } from '../../../lib/model/change';
import { compose, difference, Regrouping } from '../../../lib/model/change';
import { type Entry, entryKey } from '../../../lib/model/entry';
import {
  checkPublication,
  entriesOf,
  leadOf,
  type Publication,
  type PublishOptions,
} from '../../../lib/model/publication';
import { finish } from '../support/simulation';

const published = (options: PublishOptions) => checkPublication('', options, ['ipv4', 'ipv6']);

/** What is done to elements, in one line each. */
function planned(installed: InstalledNft, change: Change): string[] {
  const { operations, made } = finish(planNft(installed, change, { owner: false, keep: false }));
  for (const [index, rule] of [...made.values()].entries()) rule.handle = index + 1;
  return operations
    .filter((operation) => 'elements' in operation)
    .flatMap((operation) => {
      const [head = '', ...elements] = operationText(operation, 't').split('\n');
      return elements.map((element) => `${head} ${element.trim()}`);
    });
}

function installedWith(...all: readonly Publication[]): InstalledNft {
  const installed = new InstalledNft(undefined);
  planned(
    installed,
    difference(
      [],
      all.flatMap((one) => entriesOf(one)),
    ),
  );
  return installed;
}

const moved = (before: Publication, after: Publication) => new Regrouping(before.name, leadOf(before), leadOf(after));
const keysIn = ({ entries }: InstalledNft) => Array.from(entries.values(), ({ entry }) => entryKey(entry)).sort();

describe('A published port that moves on nft', () => {
  const web = published({ name: 'web', port: 80, targetPort: 8443, deny: 'reject' });
  const api = published({ name: 'api', port: 81, targetPort: 9443 });
  const at = (one: Publication, port: number): Publication => ({ ...one, port });

  it('is one element out and one in, whatever else it has', () => {
    const installed = installedWith(web, api);
    assert.deepEqual(planned(installed, moved(web, at(web, 90))), [
      'deleteElements inet t tcp_ports element 0050 : 20fb "name=web opt=reject"',
      'newElements inet t tcp_ports element 005a : 20fb "name=web opt=reject"',
    ]);
    assert.deepEqual(keysIn(installed), [leadOf(api), leadOf(at(web, 90))].map(entryKey).sort());
    planned(installed, difference(entriesOf(at(web, 90)), []));
    assert.deepEqual(keysIn(installed), [entryKey(leadOf(api))]);
    const counts = (one: InstalledNft) => one.sets.states().flatMap(({ wanted }) => (wanted > 0 ? [wanted] : []));
    assert.deepEqual(counts(installed), counts(installedWith(api)));
  });

  it('changes places with another one', () => {
    const installed = installedWith(web, api);
    const lines = planned(installed, compose([moved(web, at(web, 81)), moved(api, at(api, 80))]));
    assert.deepEqual(
      lines,
      [
        'deleteElements inet t tcp_ports element 0050 : 20fb "name=web opt=reject"',
        'newElements inet t tcp_ports element 0050 : 24e3 "name=api"',
        'deleteElements inet t tcp_ports element 0051 : 24e3 "name=api"',
        'newElements inet t tcp_ports element 0051 : 20fb "name=web opt=reject"',
      ].sort(),
    );
  });

  it('takes along what else has changed', () => {
    for (const after of [
      { ...web, port: 90, targetPort: 7443 },
      { ...web, deny: 'drop' },
      { ...web, port: '90-95' },
      { ...web, port: 90, loopback: false },
      { ...web, port: 90, destination: '192.0.2.7' },
    ] as const) {
      const installed = installedWith(web);
      planned(installed, moved(web, after));
      const fresh = installedWith(after);
      assert.deepEqual(keysIn(installed), keysIn(fresh));
      for (const state of fresh.sets.states()) {
        const same = installed.sets.state(state.spec);
        const held = (slots: Iterable<{ first: number; installed: unknown }>) =>
          Array.from(slots, ({ first, installed: content }) => [first, content]);
        assert.deepEqual(held(same.slots()), held(state.slots()), state.name);
      }
    }
  });

  it('is one among others that come and go in the same change', () => {
    const installed = installedWith(web, api);
    const rule: Entry = { rule: leadOf(published({ port: 80, targetPort: 1 })).rule };
    planned(installed, compose([moved(web, at(web, 90)), difference(entriesOf(api), [rule])]));
    assert.deepEqual(keysIn(installed), [leadOf(at(web, 90)), rule].map(entryKey).sort());
    assert.deepEqual(
      planned(installed, compose([difference([rule], []), new Regrouping('web', leadOf(at(web, 90)), undefined)])),
      [],
    );
    assert.equal(installed.table, 'absent');
  });
});
