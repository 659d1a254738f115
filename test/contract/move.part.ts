import assert from 'node:assert/strict';
import { type ContractPart, changeOf, refused, rulesOf, rulesOfPort } from './fixture';

const WEB = { name: 'web', port: 8445, targetPort: 8443 };

export const movePart: ContractPart = (fixture) => {
  describe('move()', () => {
    it('takes the public port elsewhere and leaves everything else', async () => {
      const firewall = await fixture().open();
      const web = await firewall.publish(WEB);
      const applied = await web.move(8446);
      assert.equal(web.port, 8446);
      assert.equal(web.applied, applied);
      assert.deepEqual(await rulesOf(firewall), rulesOfPort(8446, 8443, 'web'));
      assert.deepEqual(changeOf(applied), [
        '+ loopback tcp 8446>8443 name=web',
        '+ redirect tcp 8446>8443 name=web',
        '- loopback tcp 8445>8443 name=web',
        '- redirect tcp 8445>8443 name=web',
      ]);
    });

    it('takes ranges, and gives up ports for others', async () => {
      const firewall = await fixture().open();
      const web = await firewall.publish(WEB);
      await web.move('8446-8450');
      assert.equal(web.port, '8446-8450');
      await web.move('8450-8460');
      await firewall.publish({ name: 'api', port: 8446, targetPort: 9443 });
      await firewall.publish({ name: 'old', port: 8445, targetPort: 9443 });
    });

    it('to where it is changes nothing', async () => {
      const firewall = await fixture().open();
      const web = await firewall.publish(WEB);
      assert.deepEqual(changeOf(await web.move(8445)), []);
    });

    it('to a port that is taken or no port changes nothing', async () => {
      const firewall = await fixture().open();
      const web = await firewall.publish(WEB);
      await firewall.publish({ name: 'api', port: 9445, targetPort: 9443 });
      await refused(fixture(), () => web.move(9445), {
        code: 'ERR_CONFLICT',
        message: /is taken by the published port "api"/,
      });
      await refused(fixture(), () => web.move(9443), { code: 'ERR_CONFLICT', message: /would be public in/ });
      await refused(fixture(), () => web.move(0), { code: 'ERR_INVALID_ARGUMENT', field: 'port' });
      await refused(fixture(), () => web.move(8443), { code: 'ERR_INVALID_ARGUMENT', field: 'targetPort' });
      assert.equal(web.port, 8445);
    });
  });

  describe('retarget()', () => {
    it('takes new connections to another target, which it closes instead', async () => {
      const firewall = await fixture().open();
      const web = await firewall.publish(WEB);
      const applied = await web.retarget(9443);
      assert.equal(web.targetPort, 9443);
      assert.deepEqual(await rulesOf(firewall), rulesOfPort(8445, 9443, 'web'));
      assert.equal(applied.added.length, 3);
      await firewall.publish({ name: 'old', port: 9999, targetPort: 8443 });
    });

    it('to where it is, to no port or to its public one changes nothing', async () => {
      const firewall = await fixture().open();
      const web = await firewall.publish(WEB);
      assert.deepEqual(changeOf(await web.retarget(8443)), []);
      await refused(fixture(), () => web.retarget(8445), { code: 'ERR_INVALID_ARGUMENT', field: 'targetPort' });
      await refused(fixture(), () => web.retarget('9443' as never), {
        code: 'ERR_INVALID_ARGUMENT',
        field: 'targetPort',
      });
      assert.equal(web.targetPort, 8443);
    });
  });

  describe('withdraw()', () => {
    it('takes everything back and leaves the kernel as it was', async () => {
      const firewall = await fixture().open();
      const before = await fixture().dump();
      const web = await firewall.publish(WEB);
      assert.notEqual(await fixture().dump(), before);
      const applied = await web.withdraw();
      assert.equal(applied.removed.length, 3);
      assert.equal(await fixture().dump(), before);
    });

    it('leaves other published ports, also of the same target', async () => {
      const firewall = await fixture().open();
      const web = await firewall.publish(WEB);
      await firewall.publish({ name: 'api', port: 9445, targetPort: 8443 });
      await web.withdraw();
      assert.deepEqual(await rulesOf(firewall), rulesOfPort(9445, 8443, 'api'));
    });

    it('is final: the handle is of no use any more', async () => {
      const firewall = await fixture().open();
      const web = await firewall.publish(WEB);
      await web.withdraw();
      const gone = { code: 'ERR_NOT_FOUND', field: 'name', message: /^there is no published port "web"/ } as const;
      await refused(fixture(), () => web.withdraw(), gone);
      await refused(fixture(), () => web.move(8446), gone);
      await refused(fixture(), () => web.retarget(9443), gone);
    });
  });

  describe('A handle', () => {
    it('goes by the name: it changes what another handle has made of the published port', async () => {
      const firewall = await fixture().open();
      const one = await firewall.publish(WEB);
      const other = await firewall.publish(WEB);
      await one.move(8446);
      await other.retarget(9443);
      assert.deepEqual([other.port, other.targetPort], [8446, 9443]);
      assert.deepEqual(await rulesOf(firewall), rulesOfPort(8446, 9443, 'web'));
    });
  });
};
