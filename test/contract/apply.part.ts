import assert from 'node:assert/strict';
import { loopback, markDrop, type Rule, redirect } from '../../lib';
import { type ContractPart, changeOf, refused, rulesOf } from './fixture';

const RULES: readonly Rule[] = [
  redirect({ port: 8445, targetPort: 8443, destination: '192.0.2.7' }),
  redirect({ protocol: 'udp', port: '53-60', targetPort: 5353, interface: 'eth0', targetAddress: '2001:db8::7' }),
  markDrop({ port: 8443 }),
  markDrop({ protocol: 'udp', port: 5353, direct: 'local', deny: 'reject', established: 'drop', family: 'ipv6' }),
  loopback({ port: 8445, targetPort: 8443, destination: '192.0.2.7' }),
];

const TEXTS = [
  'loopback tcp 8445>8443 at=192.0.2.7',
  'markDrop tcp 8443',
  'markDrop udp 5353 opt=local,reject,cut,v6',
  'redirect tcp 8445>8443 at=192.0.2.7',
  'redirect udp 53-60>5353 in=eth0 via=2001:db8::7',
];

export const applyPart: ContractPart = (fixture) => {
  describe('apply()', () => {
    it('leaves exactly these rules', async () => {
      const firewall = await fixture().open();
      await firewall.publish({ port: 1, targetPort: 2 });
      const applied = await firewall.apply(RULES);
      assert.deepEqual(await rulesOf(firewall), TEXTS);
      assert.equal(applied.added.length, 5);
      assert.equal(applied.removed.length, 3);
      await firewall.apply([]);
      assert.deepEqual(await firewall.rules(), []);
    });

    it('of what is installed, in any order and however often, changes nothing', async () => {
      const firewall = await fixture().open();
      await firewall.apply(RULES);
      const before = await fixture().dump();
      const applied = await firewall.apply([...RULES, ...RULES].reverse());
      assert.deepEqual(changeOf(applied), []);
      assert.equal(await fixture().dump(), before);
    });

    it('takes rules that went through JSON', async () => {
      const firewall = await fixture().open();
      await firewall.apply(JSON.parse(JSON.stringify(RULES)) as Rule[]);
      assert.deepEqual(await rulesOf(firewall), TEXTS);
    });

    it('refuses rules that contradict each other', async () => {
      const firewall = await fixture().open();
      await firewall.apply([markDrop({ port: 1 })]);
      const wrong = [redirect({ port: 80, targetPort: 81 }), redirect({ port: '70-80', targetPort: 82 })];
      await refused(fixture(), () => firewall.apply(wrong), {
        code: 'ERR_CONFLICT',
        field: 'port',
        message: /^tcp port 70-80 is taken by the installed rule "redirect tcp 80>81"/,
      });
    });

    it('checks every rule before anything is touched', async () => {
      const firewall = await fixture().open();
      const forged = { ...RULES[0], port: 0 } as Rule;
      await refused(fixture(), () => firewall.apply([...RULES, forged]), {
        code: 'ERR_INVALID_ARGUMENT',
        field: 'rules[5].port',
      });
      for (const value of [undefined, null, RULES[0], 'rules']) {
        const call = () => firewall.apply(value as never);
        await refused(fixture(), call, { code: 'ERR_INVALID_ARGUMENT', field: 'rules' });
      }
    });
  });

  describe('plan()', () => {
    it('tells what apply() would change, and changes nothing', async () => {
      const firewall = await fixture().open();
      await firewall.apply(RULES.slice(0, 3));
      const before = await fixture().dump();
      const plan = await firewall.plan(RULES.slice(2));
      assert.equal(await fixture().dump(), before);
      assert.deepEqual(changeOf(plan), [
        '+ loopback tcp 8445>8443 at=192.0.2.7',
        '+ markDrop udp 5353 opt=local,reject,cut,v6',
        '- redirect tcp 8445>8443 at=192.0.2.7',
        '- redirect udp 53-60>5353 in=eth0 via=2001:db8::7',
      ]);
      assert.deepEqual(changeOf(await firewall.apply(RULES.slice(2))), changeOf(plan));
    });

    it('sees what others have installed meanwhile', async () => {
      const [one, other] = [await fixture().open(), await fixture().open()];
      await one.apply([markDrop({ port: 1 })]);
      await other.apply([markDrop({ port: 2 })]);
      assert.deepEqual(changeOf(await one.plan([markDrop({ port: 3 })])), ['+ markDrop tcp 3', '- markDrop tcp 2']);
    });

    it('refuses what apply() would refuse', async () => {
      const firewall = await fixture().open();
      const wrong = [redirect({ port: 80, targetPort: 81 }), markDrop({ port: 80 })];
      await refused(fixture(), () => firewall.plan(wrong), { code: 'ERR_CONFLICT' });
      assert.deepEqual(changeOf(await firewall.plan([])), []);
    });
  });
};
