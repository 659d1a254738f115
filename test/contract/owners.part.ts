import assert from 'node:assert/strict';
import { type ContractPart, rulesOf, rulesOfPort } from './fixture';

const OWNERS = ['blue', 'blue-green', 'b'] as const;

export const ownersPart: ContractPart = (fixture) => {
  describe('Two owners', () => {
    it('do not see each other, whatever their names', async () => {
      for (const owner of OWNERS) {
        const firewall = await fixture().open({ owner });
        assert.equal(firewall.owner, owner);
        assert.deepEqual(await firewall.rules(), []);
        await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
      }
      for (const owner of OWNERS) {
        assert.deepEqual(await rulesOf(await fixture().open({ owner })), rulesOfPort(8445, 8443, 'web'));
      }
    });

    it('do not touch each other', async () => {
      const [blue, green] = [await fixture().open({ owner: 'blue' }), await fixture().open({ owner: 'blue-green' })];
      await green.publish({ port: 9445, targetPort: 9443 });
      const before = await fixture().dump();
      const web = await blue.publish({ port: 8445, targetPort: 8443 });
      await web.move(8446);
      await web.retarget(9000);
      await blue.clear();
      assert.equal(await fixture().dump(), before);
    });

    it("at the same time never get in each other's way", async () => {
      const firewalls = await Promise.all(OWNERS.map((owner) => fixture().open({ owner })));
      await Promise.all(
        firewalls.flatMap((firewall) =>
          [1, 2, 3].map((number) => firewall.publish({ port: number, targetPort: 100 + number })),
        ),
      );
      for (const firewall of firewalls) assert.equal((await firewall.rules()).length, 9);
    });
  });
};
