import assert from 'node:assert/strict';
import { difference } from '../../../lib/model/change';
import { entryKey } from '../../../lib/model/entry';
import { checkPublication, entriesOf } from '../../../lib/model/publication';
import { finish, Simulation } from '../support/simulation';

function states(tables: Simulation): Record<string, string> {
  const installed = tables.read();
  const states = Array.from(
    installed.entries.values(),
    (one) => [entryKey(one.entry), installed.stateOf(one)] as const,
  );
  return Object.fromEntries(states);
}

describe('A change that was written down', () => {
  const web = (options: object) =>
    entriesOf(
      checkPublication('', { targetPort: 8443, loopback: false, direct: 'open', ...options }, ['ipv4', 'ipv6']),
    );

  async function begun(): Promise<Simulation> {
    const tables = new Simulation();
    const from = web({ name: 'web', port: 80 });
    await tables.become(from);
    const goal = web({ name: 'api', port: 81, destination: '2001:db8::7' });
    const [first] = tables.plan(difference(from, goal));
    assert.ok(first !== undefined);
    await tables.commit([first]);
    return tables;
  }

  it('says of what is whole that it goes, and of what is not there at all that it comes', async () => {
    const tables = await begun();
    assert.deepEqual(states(tables), {
      'redirect tcp 80>8443 name=web opt=open,nolo': 'rest',
      'redirect tcp 81>8443 at=2001:db8::7 name=api opt=open,nolo': 'begun',
    });
    assert.ok(finish(tables.read().damage()).includes('a change was cut short'));
  });

  it('leaves a rule that somebody else has put there, and with it the chain, and is over all the same', async () => {
    const tables = await begun();
    const foreign = { matches: [], target: { target: 'ACCEPT' } } as const;
    const chain = 'portshift.added';
    await tables.commit([{ family: 'ipv4', table: 'filter', operations: [{ op: 'insert', chain, rule: foreign }] }]);
    await tables.repair();
    assert.deepEqual(finish(tables.read().damage()), []);
    assert.deepEqual(states(tables), { 'redirect tcp 81>8443 at=2001:db8::7 name=api opt=open,nolo': 'whole' });
    const left = tables.kernel.chains({ family: 'ipv4', table: 'filter' }).get(chain);
    assert.deepEqual(
      left?.map(({ rule }) => rule),
      [foreign],
    );
  });

  it('loses what nobody can read, and goes on with the rest', async () => {
    const tables = await begun();
    const rule = {
      matches: [{ match: 'comment', comment: 'portshift nonsense' }],
      target: { target: 'none' },
    } as const;
    await tables.commit([
      { family: 'ipv4', table: 'filter', operations: [{ op: 'append', chain: 'portshift.added', rule }] },
    ]);
    await tables.repair();
    assert.deepEqual(finish(tables.read().damage()), []);
    assert.deepEqual(states(tables), { 'redirect tcp 81>8443 at=2001:db8::7 name=api opt=open,nolo': 'whole' });
  });
});
