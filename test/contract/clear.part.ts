import assert from 'node:assert/strict';
import { redirect } from '../../lib';
import { type ContractPart, changeOf, rulesOf } from './fixture';

export const clearPart: ContractPart = (fixture) => {
  describe('clear()', () => {
    it('removes every rule of the owner, and can be rolled back', async () => {
      const firewall = await fixture().open();
      const empty = await fixture().dump();
      await firewall.publish({ port: 8445, targetPort: 8443 });
      await firewall.update({ add: [redirect({ port: 80, targetPort: 8080 })] });
      const before = await rulesOf(firewall);
      const applied = await firewall.clear();
      assert.equal(applied.removed.length, 4);
      assert.equal(await fixture().dump(), empty);
      await applied.rollback();
      assert.deepEqual(await rulesOf(firewall), before);
    });

    it('of nothing changes nothing', async () => {
      const firewall = await fixture().open();
      assert.deepEqual(changeOf(await firewall.clear()), []);
    });

    it('removes what another process of the same owner has put in meanwhile', async () => {
      const [one, other] = [await fixture().open(), await fixture().open()];
      await one.rules();
      await other.publish({ port: 8445, targetPort: 8443 });
      assert.equal((await one.clear()).removed.length, 3);
    });
  });
};
