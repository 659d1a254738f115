import assert from 'node:assert/strict';
import { markDrop, redirect } from '../../lib';
import { type ContractPart, changeOf, refused, rulesOf, rulesOfPort } from './fixture';

const one = redirect({ port: 80, targetPort: 8080 });
const two = redirect({ port: 81, targetPort: 8080 });

export const updatePart: ContractPart = (fixture) => {
  describe('update()', () => {
    it('adds and removes rules, and leaves the others', async () => {
      const firewall = await fixture().open();
      await firewall.publish({ port: 8445, targetPort: 8443 });
      await firewall.update({ add: [one] });
      const applied = await firewall.update({ add: [two], remove: [one] });
      assert.deepEqual(changeOf(applied), ['+ redirect tcp 81>8080', '- redirect tcp 80>8080']);
      assert.deepEqual(await rulesOf(firewall), [...rulesOfPort(8445, 8443), 'redirect tcp 81>8080'].sort());
    });

    it('changes nothing where the rules are there, or are not there, already', async () => {
      const firewall = await fixture().open();
      await firewall.update({ add: [one] });
      const before = await fixture().dump();
      assert.deepEqual(changeOf(await firewall.update({ add: [one], remove: [two] })), []);
      assert.deepEqual(changeOf(await firewall.update({})), []);
      assert.equal(await fixture().dump(), before);
    });

    it('replaces a rule by one that would contradict it', async () => {
      const firewall = await fixture().open();
      await firewall.update({ add: [one] });
      const instead = redirect({ port: 80, targetPort: 9090 });
      await refused(fixture(), () => firewall.update({ add: [instead] }), { code: 'ERR_CONFLICT' });
      await firewall.update({ add: [instead], remove: [one] });
      assert.deepEqual(await rulesOf(firewall), ['redirect tcp 80>9090']);
    });

    it('does not touch the rules of published ports', async () => {
      const firewall = await fixture().open();
      await firewall.publish({ port: 80, targetPort: 8080 });
      assert.deepEqual(changeOf(await firewall.update({ remove: [one, markDrop({ port: 8080 })] })), []);
    });

    it('names the rule and the field that are wrong', async () => {
      const firewall = await fixture().open();
      const wrong: readonly [field: string, update: object][] = [
        ['add', { add: one }],
        ['remove', { remove: null }],
        ['add[1].port', { add: [two, { ...one, port: 0 }] }],
        ['remove[0].kind', { remove: [{ ...one, kind: 'drop' }] }],
        ['update.added', { added: [one] }],
        ['update', [one]],
      ];
      for (const [field, update] of wrong) {
        await refused(fixture(), () => firewall.update(update), { code: 'ERR_INVALID_ARGUMENT', field });
      }
    });
  });
};
