import assert from 'node:assert/strict';
import { markDrop, type SavedRules } from '../../lib';
import { type ContractPart, refused, rulesOf } from './fixture';

const WEB = { name: 'web', port: 8445, targetPort: 8443, destination: '192.0.2.7', deny: 'reject' } as const;

export const restorePart: ContractPart = (fixture) => {
  describe('save() and restore()', () => {
    it('bring back the rules in another process, by way of JSON', async () => {
      const first = await fixture().open();
      await first.publish(WEB);
      await first.update({ add: [markDrop({ port: 1, family: 'ipv6' })] });
      const [rules, dump] = [await rulesOf(first), await fixture().dump()];
      const saved = JSON.parse(JSON.stringify(await first.save())) as SavedRules;
      await first.clear();
      await first.close();
      const second = await fixture().open();
      const applied = await second.restore(saved);
      assert.deepEqual(await rulesOf(second), rules);
      assert.equal(applied.added.length, 4);
      assert.deepEqual((await fixture().dump()).split('\n').sort(), dump.split('\n').sort());
      assert.equal((await second.published())[0]?.options.deny, 'reject');
    });

    it('change nothing where these are the rules', async () => {
      const firewall = await fixture().open();
      await firewall.publish(WEB);
      const before = await fixture().dump();
      await firewall.restore(await firewall.save());
      assert.equal(await fixture().dump(), before);
    });

    it('refuse where something else is installed than expected', async () => {
      const firewall = await fixture().open();
      const empty = await firewall.save();
      await firewall.publish(WEB);
      const expect = await firewall.save();
      await firewall.update({ add: [markDrop({ port: 1 })] });
      await refused(fixture(), () => firewall.restore(empty, { expect }), {
        code: 'ERR_CONFLICT',
        message: /^the rules have changed since \(\+ markDrop tcp 1\)/,
      });
      await firewall.restore(empty, { expect: await firewall.save() });
      assert.deepEqual(await firewall.rules(), []);
    });

    it('refuse what save() did not write', async () => {
      const firewall = await fixture().open();
      const wrong: readonly [field: string, saved: unknown][] = [
        ['saved', null],
        ['saved', ['markDrop tcp 1']],
        ['saved.rules', {}],
        ['saved.rules', { rules: 'markDrop tcp 1' }],
        ['saved.rules[1]', { rules: ['markDrop tcp 1', 'markDrop tcp 0'] }],
        ['saved.rules[0]', { rules: [markDrop({ port: 1 })] }],
        ['saved.more', { rules: [], more: 1 }],
      ];
      for (const [field, saved] of wrong) {
        const call = () => firewall.restore(saved as SavedRules);
        await refused(fixture(), call, { code: 'ERR_INVALID_ARGUMENT', field });
      }
      const call = () => firewall.restore({ rules: [] }, { expect: { rules: ['x'] } });
      await refused(fixture(), call, { code: 'ERR_INVALID_ARGUMENT', field: 'expect.rules[0]' });
      const mistyped = () => firewall.restore({ rules: [] }, { expected: { rules: [] } } as never);
      await refused(fixture(), mistyped, { code: 'ERR_INVALID_ARGUMENT', field: 'restore.expected' });
    });
  });
};
