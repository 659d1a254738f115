import assert from 'node:assert/strict';
import { CHANGES } from './changes';
import { connectionFaultSuite } from './connections.suite';
import { Stage } from './stage';
import { faultSuite } from './suite';

faultSuite('iptc');
connectionFaultSuite('iptc');

describe('The list of legacy tables, where only root may read it', () => {
  it('is not needed to find what is installed', async () => {
    const stage = await Stage.create('iptc');
    try {
      const open = CHANGES.find(({ name }) => name === 'open');
      assert.ok(open);
      const calls = await stage.trace(open);
      const call = calls.findIndex(({ name }) => name === 'open list') + 1;
      assert.ok(call > 0);
      const fault = { action: 'fail from', call, errno: 'EACCES' } as const;
      assert.deepEqual(await stage.answer(open, fault), {});
      assert.deepEqual(await stage.inject(open, calls, fault), []);
    } finally {
      await stage.remove();
    }
  }).timeout(60_000);
});
