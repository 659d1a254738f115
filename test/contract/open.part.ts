import assert from 'node:assert/strict';
import { type ContractPart, refused, rulesOf, rulesOfPort } from './fixture';

export const openPart: ContractPart = (fixture) => {
  describe('openFirewall()', () => {
    it('changes nothing', async () => {
      const before = await fixture().dump();
      const firewall = await fixture().open();
      assert.equal(await fixture().dump(), before);
      assert.equal(firewall.owner, 'portshift');
      assert.deepEqual(firewall.families, ['ipv4', 'ipv6']);
      assert.deepEqual(firewall.repaired, []);
      assert.deepEqual(await firewall.rules(), []);
    });

    it('serves the families it is asked for', async () => {
      const firewall = await fixture().open({ families: ['ipv6'] });
      assert.deepEqual(firewall.families, ['ipv6']);
      await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
      assert.deepEqual(await rulesOf(firewall), [
        'loopback tcp 8445>8443 name=web opt=v6',
        'markDrop tcp 8443 name=web opt=v6',
        'redirect tcp 8445>8443 name=web opt=v6',
      ]);
      await refused(fixture(), () => firewall.publish({ port: 1, targetPort: 2, destination: '192.0.2.7' }), {
        code: 'ERR_INVALID_ARGUMENT',
        field: 'destination',
      });
    });

    it('has families in one order, whatever order they are given in', async () => {
      const firewall = await fixture().open({ families: ['ipv6', 'ipv4', 'ipv6'] });
      assert.deepEqual(firewall.families, ['ipv4', 'ipv6']);
    });

    it('finds what was published before, whatever mark that uses', async () => {
      const mark = { value: 0x2000_0000, mask: 0x3000_0000 };
      const first = await fixture().open({ mark });
      await first.publish({ port: 8445, targetPort: 8443 });
      await first.close();
      assert.match(await fixture().dump(), /0x20000000\b/);
      const second = await fixture().open();
      assert.deepEqual(await rulesOf(second), rulesOfPort(8445, 8443));
      await second.publish({ port: 9445, targetPort: 9443 });
      assert.doesNotMatch(await fixture().dump(), /0x1000\b/);
    });

    it('sets no mark where none was ever asked for, and another one where that is asked for', async () => {
      const plain = await fixture().open();
      await plain.publish({ port: 8445, targetPort: 8443 });
      assert.doesNotMatch(await fixture().dump(), /mark (?:set|--set)|MARK|0x1000\b/);
      await plain.close();
      await (await fixture().open({ mark: { value: 0x1000, mask: 0x1000 } })).close();
      assert.match(await fixture().dump(), /0x0*1000\b/);
      const other = await fixture().open({ mark: { value: 0x2000, mask: 0x2000 } });
      assert.deepEqual(await rulesOf(other), rulesOfPort(8445, 8443));
      assert.match(await fixture().dump(), /0x0*2000\b/);
      assert.doesNotMatch(await fixture().dump(), /0x0*1000\b/);
    });
  });
};
