import assert from 'node:assert/strict';
import { markDrop } from '../../lib';
import { until } from '../support/until';
import { type ContractPart, changeOf, refused, rulesOf, rulesOfPort } from './fixture';

const WEB = { name: 'web', port: 8445, targetPort: 8443 };
const LONG = { confirmWithin: 3_600_000 };

export const confirmPart: ContractPart = (fixture) => {
  describe('confirmWithin', () => {
    // The process that rolls back runs the sources, as the tests do.
    const options = process.env['NODE_OPTIONS'];
    before(() => {
      process.env['NODE_OPTIONS'] = `--require ${require.resolve('tsx/cjs')}`;
    });
    after(() => {
      if (options === undefined) delete process.env['NODE_OPTIONS'];
      else process.env['NODE_OPTIONS'] = options;
    });

    it('rolls back what nobody confirms', async () => {
      const firewall = await fixture().open();
      await firewall.publish(WEB);
      await firewall.apply([markDrop({ port: 1 })], { confirmWithin: 1 });
      await until('rolled back', async () => (await firewall.pending()) === undefined);
      assert.deepEqual(await rulesOf(firewall), rulesOfPort(8445, 8443, 'web'));
      await assert.rejects(() => firewall.confirm(), { code: 'ERR_NOT_FOUND' });
    });

    it('shows what waits, to everybody, and keeps what is confirmed', async () => {
      const firewall = await fixture().open();
      assert.equal(await firewall.pending(), undefined);
      await firewall.publish(WEB);
      const applied = await firewall.publishAll([{ ...WEB, port: 8446 }], LONG);
      const other = await fixture().open();
      const pending = await other.pending();
      assert.ok(pending?.guardian === 'running');
      assert.ok(pending.remaining > 3_000_000 && pending.remaining <= LONG.confirmWithin);
      assert.deepEqual(pending.added.toSorted(), [
        'loopback tcp 8445>8443 name=web',
        'redirect tcp 8445>8443 name=web',
      ]);
      assert.deepEqual(pending.removed.toSorted(), [
        'loopback tcp 8446>8443 name=web',
        'redirect tcp 8446>8443 name=web',
      ]);
      await applied.confirm();
      assert.equal(await other.pending(), undefined);
      assert.deepEqual(await rulesOf(firewall), rulesOfPort(8446, 8443, 'web'));
      await assert.rejects(() => applied.confirm(), { code: 'ERR_NOT_FOUND' });
    });

    it('is confirmed by any firewall of the owner, and of no other one', async () => {
      await (await fixture().open()).publishAll([WEB], LONG);
      const stranger = await fixture().open({ owner: 'other' });
      assert.equal(await stranger.pending(), undefined);
      await assert.rejects(() => stranger.confirm(), { code: 'ERR_NOT_FOUND' });
      await (await fixture().open()).confirm();
    });

    it('of two changes that wait, rolls back to before the first when the time of the second is up', async () => {
      const firewall = await fixture().open();
      const first = await firewall.publishAll([WEB], LONG);
      await firewall.publishAll([WEB, { name: 'api', port: 9445, targetPort: 9443 }], { confirmWithin: 1 });
      await until('rolled back', async () => (await firewall.pending()) === undefined);
      assert.deepEqual(await rulesOf(firewall), []);
      await assert.rejects(() => first.confirm(), { code: 'ERR_NOT_FOUND' });
    });

    it('rolls back what has been changed since as well', async () => {
      const firewall = await fixture().open();
      await firewall.publish(WEB);
      await firewall.publishAll([], LONG);
      await (await fixture().open()).publish({ name: 'web', port: 8447, targetPort: 9443 });
      const pending = await firewall.pending();
      assert.ok(pending?.guardian === 'running');
      assert.equal(pending.added.length, 3);
      assert.equal(pending.removed.length, 3);
      await firewall.publishAll([], { confirmWithin: 1 });
      await until('rolled back', async () => (await firewall.pending()) === undefined);
      assert.deepEqual(await rulesOf(firewall), rulesOfPort(8445, 8443, 'web'));
    });

    it('has nobody wait for what was rolled back, or what changed nothing', async () => {
      const firewall = await fixture().open();
      const applied = await firewall.publishAll([WEB], LONG);
      await applied.rollback();
      assert.equal(await firewall.pending(), undefined);
      const nothing = await firewall.publishAll([], LONG);
      assert.deepEqual(changeOf(nothing), []);
      assert.equal(await firewall.pending(), undefined);
      await nothing.confirm();
    });

    it('has nobody wait for what was refused', async () => {
      const firewall = await fixture().open();
      await firewall.publish(WEB);
      const twice = [WEB, { ...WEB, name: 'web2' }];
      await refused(fixture(), () => firewall.publishAll(twice, LONG), { code: 'ERR_CONFLICT' });
      assert.equal(await firewall.pending(), undefined);
    });

    it('takes a time and nothing else', async () => {
      const firewall = await fixture().open();
      for (const confirmWithin of [0, -1, 1.5, Number.NaN, 2 ** 31, '60s', null, 1n]) {
        const call = () => firewall.apply([markDrop({ port: 1 })], { confirmWithin: confirmWithin as number });
        await refused(fixture(), call, { code: 'ERR_INVALID_ARGUMENT', field: 'confirmWithin' });
      }
      const call = () => firewall.publishAll([WEB], { within: 1 } as never);
      await refused(fixture(), call, { code: 'ERR_INVALID_ARGUMENT', field: 'publishAll.within' });
    });
  });
};
