import assert from 'node:assert/strict';
import { loopback, redirect } from '../../lib';
import type { ContractPart } from './fixture';

const sorted = <T extends { readonly text: string }>(rules: readonly T[]) =>
  rules.toSorted((a, b) => (a.text < b.text ? -1 : 1));

/** Overwrites every value that is in it, however deep. */
function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === 'object') spoil(inner);
    else (value as Record<string, unknown>)[key] = 'spoilt';
  }
}

export const publishedPart: ContractPart = (fixture) => {
  describe('published()', () => {
    it('reads from the kernel what another process published, ready to be changed', async () => {
      const first = await fixture().open();
      await first.publish({ name: 'web', port: 8445, targetPort: 8443, deny: 'reject' });
      await first.close();
      const second = await fixture().open();
      const [web, ...others] = await second.published();
      assert.ok(web !== undefined);
      assert.deepEqual(others, []);
      assert.deepEqual([web.name, web.port, web.targetPort, web.options.deny], ['web', 8445, 8443, 'reject']);
      assert.equal(web.applied, undefined);
      await web.move(8446);
      await web.withdraw();
      assert.deepEqual(await second.published(), []);
    });

    it('tells of no rule that is part of no published port', async () => {
      const firewall = await fixture().open();
      await firewall.apply([redirect({ port: 8445, targetPort: 8443 }), loopback({ port: 8445, targetPort: 8443 })]);
      assert.deepEqual(await firewall.published(), []);
      assert.deepEqual(await firewall.status(), []);
      assert.equal((await firewall.rules()).length, 2);
    });
  });

  describe('status()', () => {
    it('gives every published port with all its options and counters', async () => {
      const firewall = await fixture().open();
      await firewall.publish({ port: 8445, targetPort: 8443 });
      await firewall.publish({ port: '8000-8010', targetPort: 9443, direct: 'open', loopback: false });
      const status = await firewall.status();
      assert.deepEqual(
        status.sort((a, b) => (a.name < b.name ? -1 : 1)),
        [
          {
            name: 'tcp/8000-8010',
            protocol: 'tcp',
            port: '8000-8010',
            targetPort: 9443,
            direct: 'open',
            deny: 'drop',
            established: 'keep',
            loopback: false,
            connections: 0,
            denied: 0,
          },
          {
            name: 'tcp/8445',
            protocol: 'tcp',
            port: 8445,
            targetPort: 8443,
            direct: 'closed',
            deny: 'drop',
            established: 'keep',
            loopback: true,
            connections: 0,
            denied: 0,
          },
        ],
      );
    });
  });

  describe('What calls give', () => {
    it("is the caller's own: nothing comes of changing it", async () => {
      const firewall = await fixture().open();
      const web = await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
      const looks = async () => {
        const [one] = await firewall.published();
        const { added, removed } = await firewall.plan([redirect({ port: 1, targetPort: 2 })]);
        const options = [web.options, one?.options];
        const rules = await firewall.rules();
        return { status: await firewall.status(), rules: sorted(rules), options, added, removed: sorted(removed) };
      };
      const first = await looks();
      const expected = structuredClone(first);
      for (const given of [first, web.applied?.added, web.applied?.removed]) spoil(given);
      const second = await looks();
      assert.deepEqual(second, expected);
      await web.move(8446);
      spoil([web.applied?.added, web.applied?.removed]);
      await web.applied?.rollback();
      assert.deepEqual((await looks()).rules, expected.rules);
      assert.deepEqual(second, expected);
    });
  });

  describe('rules()', () => {
    it('gives every rule with its name and what was counted', async () => {
      const firewall = await fixture().open();
      await firewall.publish({ name: 'web', port: 8445, targetPort: 8443, direct: 'open', loopback: false });
      const rule = redirect({ port: 1, targetPort: 2 });
      await firewall.update({ add: [rule] });
      const rules = await firewall.rules();
      assert.deepEqual(
        rules.find(({ name }) => name === 'web'),
        {
          name: 'web',
          packets: 0,
          rule: redirect({ port: 8445, targetPort: 8443 }),
          text: 'redirect tcp 8445>8443 name=web opt=open,nolo',
        },
      );
      assert.deepEqual(
        rules.find(({ name }) => name === undefined),
        { packets: 0, rule, text: 'redirect tcp 1>2' },
      );
    });
  });

  describe('counters()', () => {
    it('begin at zero', async () => {
      const firewall = await fixture().open();
      const web = await firewall.publish({ port: 8445, targetPort: 8443 });
      assert.deepEqual(await web.counters(), { connections: 0, denied: 0 });
    });

    it('end with the published port', async () => {
      const firewall = await fixture().open();
      const web = await firewall.publish({ port: 8445, targetPort: 8443 });
      await web.withdraw();
      await assert.rejects(() => web.counters(), { code: 'ERR_NOT_FOUND', field: 'name', value: 'tcp/8445' });
    });
  });
};
