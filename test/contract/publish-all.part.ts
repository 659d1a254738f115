import assert from 'node:assert/strict';
import { redirect } from '../../lib';
import { type ContractPart, changeOf, refused, rulesOf, rulesOfPort } from './fixture';

const WEB = { name: 'web', port: 8445, targetPort: 8443 };
const API = { name: 'api', port: 9445, targetPort: 9443 };

export const publishAllPart: ContractPart = (fixture) => {
  describe('publishAll()', () => {
    it('leaves exactly these published ports, and no other rule', async () => {
      const firewall = await fixture().open();
      await firewall.publish({ port: 1, targetPort: 2 });
      await firewall.update({ add: [redirect({ port: 3, targetPort: 4 })] });
      await firewall.publishAll([WEB, API]);
      assert.deepEqual(
        await rulesOf(firewall),
        [...rulesOfPort(8445, 8443, 'web'), ...rulesOfPort(9445, 9443, 'api')].sort(),
      );
      await firewall.publishAll([]);
      assert.deepEqual(await firewall.rules(), []);
    });

    it('changes only what differs', async () => {
      const firewall = await fixture().open();
      await firewall.publishAll([WEB, API]);
      assert.deepEqual(changeOf(await firewall.publishAll([API, WEB])), []);
      assert.deepEqual(changeOf(await firewall.publishAll([{ ...WEB, deny: 'reject' }, API])), [
        '+ markDrop tcp 8443 name=web opt=reject',
        '+ redirect tcp 8445>8443 name=web opt=reject',
        '- markDrop tcp 8443 name=web',
        '- redirect tcp 8445>8443 name=web',
      ]);
    });

    it('may swap ports between published ports', async () => {
      const firewall = await fixture().open();
      await firewall.publishAll([WEB, API]);
      await firewall.publishAll([
        { ...WEB, port: 9445 },
        { ...API, port: 8445 },
      ]);
      const ports = (await firewall.published()).map(({ name, port }) => [name, port]);
      assert.deepEqual(ports.sort(), [
        ['api', 8445],
        ['web', 9445],
      ]);
    });

    it('refuses lists that contradict themselves', async () => {
      const firewall = await fixture().open();
      await refused(fixture(), () => firewall.publishAll([WEB, { ...API, name: 'web' }]), {
        code: 'ERR_CONFLICT',
        field: 'published[1].name',
      });
      await refused(fixture(), () => firewall.publishAll([WEB, { ...API, port: '8000-9000' }]), {
        code: 'ERR_CONFLICT',
      });
    });

    it('names the published port and the field that are wrong', async () => {
      const firewall = await fixture().open();
      await refused(fixture(), () => firewall.publishAll([WEB, { ...API, port: 0 }]), {
        code: 'ERR_INVALID_ARGUMENT',
        field: 'published[1].port',
      });
      for (const value of [undefined, null, WEB, 'web']) {
        const call = () => firewall.publishAll(value as never);
        await refused(fixture(), call, { code: 'ERR_INVALID_ARGUMENT', field: 'published' });
      }
    });
  });

  describe('planAll()', () => {
    it('tells what publishAll() would change, and changes nothing', async () => {
      const firewall = await fixture().open();
      await firewall.publishAll([WEB]);
      const before = await fixture().dump();
      const plan = await firewall.planAll([API]);
      assert.equal(await fixture().dump(), before);
      assert.deepEqual(changeOf(plan), changeOf(await firewall.publishAll([API])));
      assert.equal(plan.added.length, 3);
    });

    it('refuses what publishAll() would refuse', async () => {
      const firewall = await fixture().open();
      await refused(fixture(), () => firewall.planAll([WEB, WEB]), {
        code: 'ERR_CONFLICT',
        field: 'published[1].name',
      });
      assert.deepEqual(changeOf(await firewall.planAll([])), []);
    });
  });
};
