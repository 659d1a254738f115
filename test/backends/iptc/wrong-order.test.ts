import assert from 'node:assert/strict';
import { difference } from '../../../lib/model/change';
import { checkPublication, entriesOf } from '../../../lib/model/publication';
import type { Step } from '../../../lib/model/table-step';
import { broken, fatesOf, probesOf } from '../support/probes';
import { Simulation } from '../support/simulation';

const PROBES = probesOf([80, 81, 8443, 9443]);

const web = (options: object) =>
  entriesOf(checkPublication('', { name: 'web', port: 80, targetPort: 8443, ...options }, ['ipv4', 'ipv6']));

/** How many promises break when the steps of a change are made in another order, or in other pieces. */
async function countBroken(from: object, to: object, reorder: (steps: Step[]) => Step[]): Promise<number> {
  const tables = new Simulation();
  await tables.become(web(from));
  const before = fatesOf(tables.kernel, PROBES);
  const steps = tables.plan(difference(web(from), web(to)));
  const goal = tables.fork();
  await goal.commit(steps);
  const after = fatesOf(goal.kernel, PROBES);
  let count = 0;
  tables.kernel.onStep = () => {
    const during = fatesOf(tables.kernel, PROBES);
    for (const [index, fate] of during.entries()) {
      const [first, last] = [before[index], after[index]];
      if (first !== undefined && last !== undefined && broken(first, fate, last) !== undefined) count += 1;
    }
  };
  await tables.commit(reorder(steps));
  return count;
}

const asPlanned = (steps: Step[]) => steps;
const oneByOne = (steps: Step[]) =>
  steps.flatMap((step) => step.operations.map((operation) => ({ ...step, operations: [operation] })));

describe('The packets of the model', () => {
  it('notice a move that is made rule by rule', async () => {
    assert.equal(await countBroken({}, { port: '80-81' }, asPlanned), 0);
    assert.ok((await countBroken({}, { port: '80-81' }, oneByOne)) > 0);
  });

  it('notice a closing rule that is replaced rule by rule', async () => {
    assert.equal(await countBroken({}, { deny: 'reject' }, asPlanned), 0);
    assert.ok((await countBroken({}, { deny: 'reject' }, oneByOne)) > 0);
  });

  it('notice a closing rule that goes before the one of another table that replaces it', async () => {
    const goingFirst = (steps: Step[]) => [
      ...steps.filter(({ table }) => table === 'mangle'),
      ...steps.filter(({ table }) => table !== 'mangle'),
    ];
    assert.ok((await countBroken({}, { deny: 'reject' }, goingFirst)) > 0);
    const comingLast = (steps: Step[]) => goingFirst(steps).reverse();
    assert.equal(await countBroken({ deny: 'reject' }, {}, asPlanned), 0);
    assert.ok((await countBroken({ deny: 'reject' }, {}, comingLast)) > 0);
  });
});
