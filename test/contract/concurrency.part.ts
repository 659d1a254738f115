import assert from 'node:assert/strict';
import { FirewallError, loopback, markDrop, redirect } from '../../lib';
import { type ContractPart, rulesOf } from './fixture';

const web = (number: number) => ({ name: `web${number}`, port: 8000 + number, targetPort: 9000 + number });

const codes = (results: readonly PromiseSettledResult<unknown>[]) =>
  results.map((result) => {
    if (result.status === 'fulfilled') return 'done';
    return result.reason instanceof FirewallError ? result.reason.code : String(result.reason);
  });

export const concurrencyPart: ContractPart = (fixture) => {
  describe('Calls at the same time', () => {
    it('all take effect', async () => {
      const firewall = await fixture().open();
      const ports = await Promise.all([1, 2, 3, 4, 5].map((number) => firewall.publish(web(number))));
      assert.deepEqual(
        (await firewall.published()).map(({ name }) => name).sort(),
        ports.map(({ name }) => name).sort(),
      );
      for (const { applied } of ports) assert.equal(applied?.added.length, 3);
    });

    it('fail alone', async () => {
      const firewall = await fixture().open();
      const results = await Promise.allSettled([
        firewall.publish(web(1)),
        firewall.publish({ ...web(2), port: 8001 }),
        firewall.publish({ ...web(3), port: 0 }),
        firewall.publish(web(4)),
        firewall.update({ add: [markDrop({ port: 8004 })] }),
        firewall.publish({ ...web(1), deny: 'reject' }),
      ]);
      assert.deepEqual(codes(results), [
        'done',
        'ERR_CONFLICT',
        'ERR_INVALID_ARGUMENT',
        'done',
        'ERR_CONFLICT',
        'ERR_CONFLICT',
      ]);
      assert.deepEqual((await firewall.published()).map(({ name }) => name).sort(), ['web1', 'web4']);
      assert.equal((await firewall.rules()).length, 6);
    });

    it('take effect in the order in which they were made', async () => {
      const firewall = await fixture().open();
      const port = await firewall.publish(web(1));
      const moves = [8101, 8102, 8103].map((to) => port.move(to));
      const status = firewall.status();
      await Promise.all([...moves, port.retarget(9999)]);
      assert.deepEqual((await status)[0]?.port, 8103);
      assert.deepEqual(
        (await firewall.published()).map((one) => [one.port, one.targetPort]),
        [[8103, 9999]],
      );
    });

    it('that share a commit can each be rolled back on their own, the last one first', async () => {
      const firewall = await fixture().open();
      const [one, two] = await Promise.all([firewall.publish(web(1)), firewall.publish(web(2))]);
      await assert.rejects(async () => one.applied?.rollback(), { code: 'ERR_CONFLICT' });
      await two.applied?.rollback();
      await one.applied?.rollback({ force: true });
      assert.deepEqual(await firewall.rules(), []);
    });
  });

  describe('Calls one after the other', () => {
    it('let the event loop turn', async () => {
      const port = await (await fixture().open()).publish(web(1));
      let turned = false;
      setImmediate(() => {
        turned = true;
      });
      for (let left = 2_000; !turned; left -= 1) {
        if (left === 0) throw new Error('it never did');
        await port.move(7000 + (left % 2));
      }
    });
  });

  describe('Two firewalls of one owner', () => {
    it('see what the other does, and build on it', async () => {
      const [one, other] = [await fixture().open(), await fixture().open()];
      const port = await one.publish(web(1));
      await other.publish(web(2));
      const [same] = (await other.published()).filter(({ name }) => name === 'web1');
      await same?.move(8100);
      await port.retarget(9999);
      assert.deepEqual([port.port, port.targetPort], [8100, 9999]);
      await assert.rejects(() => one.publish({ ...web(3), port: 8002 }), { code: 'ERR_CONFLICT' });
      assert.deepEqual(await rulesOf(one), await rulesOf(other));
    });

    it('build on what the other has done in a table that the change itself leaves alone', async () => {
      const [one, other] = [await fixture().open(), await fixture().open()];
      const ways = [redirect({ port: 8445, targetPort: 8443 }), loopback({ port: 8445, targetPort: 8443 })];
      await one.update({ add: ways });
      await other.rules();
      await one.update({ remove: ways });
      await other.apply([...ways, markDrop({ port: 8443 })]);
      assert.deepEqual(await rulesOf(one), ['loopback tcp 8445>8443', 'markDrop tcp 8443', 'redirect tcp 8445>8443']);
    });

    it('never undo what the other has just done', async () => {
      const firewalls = [await fixture().open(), await fixture().open(), await fixture().open()];
      await Promise.all(
        firewalls.flatMap((firewall, index) =>
          [1, 2, 3, 4].map((number) => firewall.publish(web(10 * index + number))),
        ),
      );
      for (const firewall of firewalls) assert.equal((await firewall.published()).length, 12);
      await Promise.all(
        firewalls.map(async (firewall, index) => {
          for (const port of await firewall.published()) {
            if (
              port.name.length === (index === 0 ? 4 : 5) &&
              port.name.startsWith(index === 0 ? 'web' : `web${index}`)
            ) {
              await port.withdraw();
            }
          }
        }),
      );
      assert.deepEqual(await rulesOf(await fixture().open()), []);
    });

    it('give a port to one of them where both want it', async () => {
      const firewalls = [await fixture().open(), await fixture().open()];
      const results = await Promise.allSettled(
        firewalls.map((firewall, index) => firewall.publish({ ...web(index), port: 8445 })),
      );
      assert.deepEqual(codes(results).sort(), ['ERR_CONFLICT', 'done']);
      assert.equal((await firewalls[0]?.rules())?.length, 3);
    });
  });
};
