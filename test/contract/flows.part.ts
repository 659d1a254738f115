import assert from 'node:assert/strict';
import { type PublishOptions, redirect } from '../../lib';
import { type ContractPart, changeOf, refused, rulesOf } from './fixture';

const DNS: PublishOptions = { name: 'dns', protocol: 'udp', port: 53, targetPort: 5353 };

/** What `flows` is to the rules; which clients it is about is shown with packets. */
export const flowsPart: ContractPart = (fixture) => {
  describe('flows', () => {
    it('are no part of what is published', async () => {
      const firewall = await fixture().open();
      const { options } = await firewall.publish({ ...DNS, flows: 'stay' });
      assert.equal('flows' in options, false);
      const rules = await rulesOf(firewall);
      const before = await fixture().dump();
      await firewall.publish({ ...DNS, flows: 'follow' });
      await firewall.publish(DNS);
      const again = await firewall.publishAll([{ ...DNS, flows: 'stay' }]);
      assert.deepEqual(changeOf(again), []);
      assert.equal(await fixture().dump(), before);
      await firewall.clear();
      await firewall.publish(DNS);
      assert.deepEqual(await rulesOf(firewall), rules);
    });

    it('are not counted as connections that a change has ended, by whichever call', async () => {
      const firewall = await fixture().open();
      const none = { connections: 0 };
      const dns = await firewall.publish(DNS);
      assert.deepEqual(dns.applied?.ended, none);
      const moved = await dns.move(54);
      assert.deepEqual([moved.ended, (await moved.rollback()).ended], [none, none]);
      assert.deepEqual((await dns.retarget(5354, { flows: 'follow' })).ended, none);
      const saved = await firewall.save();
      assert.deepEqual((await firewall.clear()).ended, none);
      assert.deepEqual((await firewall.restore(saved)).ended, none);
      const rule = redirect({ protocol: 'udp', port: '60-69', targetPort: 6000 });
      assert.deepEqual((await firewall.update({ add: [rule] })).ended, none);
      assert.deepEqual((await firewall.apply([rule])).ended, none);
    });

    it('are taken for TCP as well, and refused where they are anything else', async () => {
      const firewall = await fixture().open();
      await firewall.publish({ port: 8445, targetPort: 8443, flows: 'follow' });
      const wrong = { ...DNS, flows: 'go' } as unknown as PublishOptions;
      await refused(fixture(), () => firewall.publish(wrong), {
        code: 'ERR_INVALID_ARGUMENT',
        field: 'flows',
        message: /^flows: "go" .*'follow' or 'stay'/,
      });
      await refused(fixture(), () => firewall.publishAll([DNS, wrong]), {
        code: 'ERR_INVALID_ARGUMENT',
        field: 'published[1].flows',
      });
    });
  });
};
