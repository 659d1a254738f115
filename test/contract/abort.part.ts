import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { type CallOptions, type Firewall, markDrop, type PublishedPort, type SavedRules } from '../../lib';
import { type ContractPart, type Fixture, refused } from './fixture';

const WEB = { name: 'web', port: 8445, targetPort: 8443 };
const REASON = new Error('not needed any more');

/** Every call that waits, each of which would change something if it can. */
export function waitingCalls(
  firewall: Firewall,
  web: PublishedPort,
  saved: SavedRules,
): [string, (options: CallOptions) => Promise<unknown>][] {
  const other = { name: 'other', port: 9445, targetPort: 9443 };
  return [
    ['publish', (options) => firewall.publish(other, options)],
    ['publishAll', (options) => firewall.publishAll([other], options)],
    ['planAll', (options) => firewall.planAll([other], options)],
    ['published', (options) => firewall.published(options)],
    ['status', (options) => firewall.status(options)],
    ['apply', (options) => firewall.apply([], options)],
    ['plan', (options) => firewall.plan([], options)],
    ['update', (options) => firewall.update({ add: [markDrop({ port: 9443 })] }, options)],
    ['rules', (options) => firewall.rules(options)],
    ['save', (options) => firewall.save(options)],
    ['restore', (options) => firewall.restore(saved, options)],
    ['planRestore', (options) => firewall.planRestore(saved, options)],
    ['clear', (options) => firewall.clear(options)],
    ['move', (options) => web.move(8446, options)],
    ['retarget', (options) => web.retarget(8444, options)],
    ['withdraw', (options) => web.withdraw(options)],
    ['counters', (options) => web.counters(options)],
    ['rollback', async (options) => web.applied?.rollback(options)],
  ];
}

async function prepared(fixture: Fixture) {
  const firewall = await fixture.open();
  const saved = await firewall.save();
  const web = await firewall.publish(WEB);
  return { firewall, calls: waitingCalls(firewall, web, saved) };
}

export const abortPart: ContractPart = (fixture) => {
  describe('an AbortSignal', () => {
    it('that is aborted already lets no call begin', async () => {
      const { calls } = await prepared(fixture());
      const before = await fixture().dump();
      for (const [name, call] of calls) {
        await assert.rejects(call({ signal: AbortSignal.abort(REASON) }), (error) => error === REASON, name);
      }
      await assert.rejects(fixture().open({ signal: AbortSignal.abort(REASON) }), (error) => error === REASON);
      assert.equal(await fixture().dump(), before);
    });

    it('must be one', async () => {
      const { calls } = await prepared(fixture());
      for (const [, call] of calls) {
        const options = { signal: 'stop' } as unknown as CallOptions;
        await refused(fixture(), () => call(options), { code: 'ERR_INVALID_ARGUMENT', field: 'signal' });
      }
    });

    it('takes a call out of those that wait for their turn, and no other one', async () => {
      const firewall = await fixture().open();
      const controller = new AbortController();
      const first = firewall.publish(WEB);
      const second = firewall.publish({ port: 9445, targetPort: 9443 }, { signal: controller.signal });
      const reading = firewall.rules({ signal: controller.signal });
      controller.abort(REASON);
      await assert.rejects(second, (error) => error === REASON);
      await assert.rejects(reading, (error) => error === REASON);
      await first;
      assert.deepEqual(
        (await firewall.published()).map(({ name }) => name),
        ['web'],
      );
    });

    it('ends a call at any moment in one of two ways: made and resolved, or not made and rejected', async () => {
      const firewall = await fixture().open();
      const ends = new Set<string>();
      for (let turns = 0; turns < 12; turns += 1) {
        const controller = new AbortController();
        const name = `p${turns}`;
        const publishing = firewall
          .publish({ name, port: 9000 + turns, targetPort: 7000 + turns }, { signal: controller.signal })
          .then(
            () => 'made',
            (error: unknown) => (error === REASON ? 'not made' : String(error)),
          );
        for (let turn = 0; turn < turns * turns; turn += 1) await new Promise(setImmediate);
        controller.abort(REASON);
        const end = await publishing;
        const installed = (await firewall.published()).some((port) => port.name === name);
        assert.equal(end, installed ? 'made' : 'not made', name);
        ends.add(end);
      }
      assert.ok(ends.has('not made'));
    });

    it('has no effect on what was made, and is not listened to any longer', async () => {
      const controller = new AbortController();
      const { firewall, calls } = await prepared(fixture());
      for (const [, call] of calls) await call({ signal: controller.signal }).catch(() => {});
      const before = await fixture().dump();
      assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
      controller.abort(REASON);
      await firewall.rules();
      assert.equal(await fixture().dump(), before);
    });
  });
};
