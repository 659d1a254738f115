import assert from 'node:assert/strict';
import { FirewallError, markDrop, type NamedRule, redirect } from '../../lib';
import { type ContractPart, changeOf, refused, rulesOf, rulesOfPort } from './fixture';

const WEB = { name: 'web', port: 8445, targetPort: 8443 };

const texts = (rules: readonly unknown[] = []) => rules.map((rule) => (rule as NamedRule).text).sort();

export const rollbackPart: ContractPart = (fixture) => {
  describe('rollback()', () => {
    it('restores exactly what was there before', async () => {
      const firewall = await fixture().open();
      await firewall.publish(WEB);
      const before = await rulesOf(firewall);
      const applied = await firewall.apply([markDrop({ port: 1 }), redirect({ port: 8445, targetPort: 9443 })]);
      const undone = await applied.rollback();
      assert.deepEqual(await rulesOf(firewall), before);
      assert.equal(undone.added.length, 3);
      assert.equal(undone.removed.length, 2);
    });

    it('takes back each kind of change of a published port', async () => {
      const firewall = await fixture().open();
      const empty = await fixture().dump();
      const web = await firewall.publish(WEB);
      const published = web.applied;
      await (await web.move(8446)).rollback();
      await (await web.retarget(9443)).rollback();
      await (await web.withdraw()).rollback();
      assert.deepEqual(await rulesOf(firewall), rulesOfPort(8445, 8443, 'web'));
      await published?.rollback();
      assert.equal(await fixture().dump(), empty);
    });

    it('can be rolled back itself', async () => {
      const firewall = await fixture().open();
      const web = await firewall.publish(WEB);
      const undone = await (await web.move(8446)).rollback();
      await undone.rollback();
      assert.deepEqual(await rulesOf(firewall), rulesOfPort(8446, 8443, 'web'));
    });

    it('of a change that changed nothing changes nothing', async () => {
      const firewall = await fixture().open();
      await firewall.publish(WEB);
      const applied = await firewall.publishAll([WEB]);
      assert.deepEqual(changeOf(await applied.rollback()), []);
    });

    it('twice refuses the second time, as the rules have changed since', async () => {
      const firewall = await fixture().open();
      const web = await firewall.publish(WEB);
      const applied = await web.move(8446);
      await applied.rollback();
      await refused(fixture(), () => applied.rollback(), { code: 'ERR_CONFLICT' });
    });

    it('refuses where the rules have changed since, and gives the difference', async () => {
      const firewall = await fixture().open();
      const web = await firewall.publish(WEB);
      const applied = await web.move(8446);
      await firewall.update({ add: [markDrop({ port: 1 })] });
      await web.retarget(9443);
      await assert.rejects(
        () => applied.rollback(),
        (error) => {
          assert.ok(error instanceof FirewallError);
          assert.equal(error.code, 'ERR_CONFLICT');
          assert.match(error.message, /^the rules have changed since .*; give force: true to do it all the same$/);
          assert.ok(error.message.includes('+ markDrop tcp 1;'));
          assert.deepEqual(
            texts(error.difference?.added),
            ['markDrop tcp 1', ...rulesOfPort(8446, 9443, 'web')].sort(),
          );
          assert.deepEqual(texts(error.difference?.removed), rulesOfPort(8446, 8443, 'web'));
          return true;
        },
      );
    });

    it('with force undoes what has changed since as well', async () => {
      const firewall = await fixture().open();
      const web = await firewall.publish(WEB);
      const applied = await web.move(8446);
      await firewall.update({ add: [markDrop({ port: 1 })] });
      await (await fixture().open()).publish({ name: 'api', port: 9445, targetPort: 9443 });
      await applied.rollback({ force: true });
      assert.deepEqual(await rulesOf(firewall), rulesOfPort(8445, 8443, 'web'));
    });

    it('notices what another process of the same owner has changed', async () => {
      const [one, other] = [await fixture().open(), await fixture().open()];
      const web = await one.publish(WEB);
      await other.update({ add: [markDrop({ port: 1 })] });
      const difference = (error: unknown) =>
        error instanceof FirewallError && texts(error.difference?.added).join() === 'markDrop tcp 1';
      await assert.rejects(async () => web.applied?.rollback(), difference);
      await other.update({ remove: [markDrop({ port: 1 })] });
      await web.applied?.rollback();
      assert.deepEqual(await one.rules(), []);
    });

    it('does not mind what another owner has changed', async () => {
      const one = await fixture().open();
      const other = await fixture().open({ owner: 'other' });
      const web = await one.publish(WEB);
      await other.publish({ port: 9445, targetPort: 9443 });
      await web.applied?.rollback();
      assert.deepEqual(await one.rules(), []);
      assert.equal((await other.rules()).length, 3);
    });

    it('with a mistyped option is refused', async () => {
      const firewall = await fixture().open();
      const web = await firewall.publish(WEB);
      const call = async () => web.applied?.rollback({ forced: true } as never);
      await refused(fixture(), call, { code: 'ERR_INVALID_ARGUMENT', field: 'rollback.forced' });
      const yes = async () => web.applied?.rollback({ force: 'yes' as never });
      await refused(fixture(), yes, { code: 'ERR_INVALID_ARGUMENT', field: 'force' });
    });
  });
};
