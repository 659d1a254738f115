import assert from 'node:assert/strict';
import type { Firewall } from '../../lib';
import { type ContractPart, rulesOf, rulesOfPort } from './fixture';

const WEB = { name: 'web', port: 8445, targetPort: 8443 };

export const lifecyclePart: ContractPart = (fixture) => {
  describe('close()', () => {
    it('leaves the rules', async () => {
      const firewall = await fixture().open();
      await firewall.publish(WEB);
      const before = await fixture().dump();
      await firewall.close();
      assert.equal(await fixture().dump(), before);
      assert.deepEqual(await rulesOf(await fixture().open()), rulesOfPort(8445, 8443, 'web'));
    });

    it('may be called again', async () => {
      const firewall = await fixture().open();
      await Promise.all([firewall.close(), firewall.close()]);
      await firewall.close();
    });

    it('waits for the calls under way', async () => {
      const firewall = await fixture().open();
      const publishing = firewall.publish(WEB);
      const reading = firewall.rules();
      await firewall.close();
      assert.equal((await publishing).name, 'web');
      assert.equal((await reading).length, 3);
    });

    it('is final: no later call is answered', async () => {
      const firewall = await fixture().open();
      const web = await firewall.publish(WEB);
      const { applied } = web;
      await firewall.close();
      const closed = {
        name: 'FirewallError',
        code: 'ERR_CLOSED',
        message: /^the firewall is closed; open another one$/,
      };
      const calls: (() => Promise<unknown>)[] = [
        () => firewall.publish(WEB),
        () => firewall.publishAll([]),
        () => firewall.planAll([]),
        () => firewall.published(),
        () => firewall.status(),
        () => firewall.apply([]),
        () => firewall.plan([]),
        () => firewall.update({}),
        () => firewall.rules(),
        () => firewall.save(),
        () => firewall.restore({ rules: [] }),
        () => firewall.clear(),
        () => web.move(8446),
        () => web.retarget(9443),
        () => web.withdraw(),
        () => web.counters(),
        async () => applied?.rollback(),
      ];
      for (const call of calls) await assert.rejects(call, closed, String(call));
    });

    it('comes at the end of an `await using`', async () => {
      let left: Firewall;
      {
        await using firewall = await fixture().open();
        await firewall.publish(WEB);
        left = firewall;
      }
      await assert.rejects(() => left.rules(), { code: 'ERR_CLOSED' });
    });
  });
};
