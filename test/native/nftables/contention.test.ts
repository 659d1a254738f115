import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { NftHost, textsOf } from './support';

/** Another program that changes a table of its own, as fast as it can. */
async function besideAnother<T>(host: NftHost, during: () => Promise<T>): Promise<T> {
  const loop = 'while :; do echo "add table ip busy"; echo "delete table ip busy"; done';
  const program = host.namespace.spawn('bash', ['-c', `exec nft -i > /dev/null 2>&1 < <(${loop})`]);
  try {
    await seen(host, program);
    return await during();
  } finally {
    program.kill('SIGKILL');
  }
}

/** Waits for the program's table. `nft` itself gives up where the ruleset changes faster than it can list it. */
async function seen(host: NftHost, program: ChildProcess): Promise<void> {
  for (;;) {
    assert.equal(program.exitCode, null);
    const listing = await host.list().catch(() => '');
    if (listing.includes('table ip busy')) return;
  }
}

describe('Changes on nft, while', () => {
  let host: NftHost;

  beforeEach(async () => {
    host = await NftHost.create();
  });

  afterEach(() => host.remove());

  for (const count of [1, 500]) {
    it(`another program changes its own rules, are made all the same: ${count} published`, async () => {
      const firewall = await host.open();
      const all = Array.from({ length: count }, (_, index) => ({ port: 10_000 + index, targetPort: 20_000 + index }));
      await firewall.publishAll(all);
      const [port] = await firewall.published();
      await besideAnother(host, async () => {
        for (let next = 1; next <= 20; next += 1) await port?.move(next);
        assert.equal((await firewall.status()).length, count);
        const elsewhere = await firewall.publish({ name: 'more', port: 9000, targetPort: 9001, deny: 'reject' });
        await elsewhere.withdraw();
      });
      assert.equal((await firewall.published()).length, count);
      assert.deepEqual(firewall.repaired, []);
    });
  }

  it('other processes of the same owner make theirs, all take effect', async () => {
    const firewalls = [await host.open(), await host.open(), await host.open()];
    await Promise.all(
      firewalls.map(async (firewall, index) => {
        const port = await firewall.publish({ name: `p${index}`, port: 1000 + index, targetPort: 2000 + index });
        for (let turn = 1; turn <= 20; turn += 1) await port.move(1000 + 10 * turn + index);
      }),
    );
    const found = await firewalls[0]?.published();
    assert.deepEqual(
      found?.map(({ name, port }) => [name, port]).sort(),
      [0, 1, 2].map((index) => [`p${index}`, 1200 + index]),
    );
  });

  it('they are checked against what is there, not against what was', async () => {
    const [one, other] = [await host.open(), await host.open()];
    await one.publish({ name: 'web', port: 8445, targetPort: 8443 });
    const web = (await other.published())[0];
    await one.clear();
    await assert.rejects(web?.move(8446) ?? Promise.resolve(), { code: 'ERR_NOT_FOUND' });
    await one.publish({ name: 'web', port: 1, targetPort: 2 });
    await assert.rejects(other.publish({ name: 'web', port: 3, targetPort: 4 }), { code: 'ERR_CONFLICT' });
    assert.deepEqual(await textsOf(other), await textsOf(one));
  });

  it('the event loop goes on', async () => {
    const firewall = await host.open();
    const all = Array.from({ length: 1000 }, (_, index) => ({ port: 10_000 + index, targetPort: 20_000 + index }));
    let turns = 0;
    let busy = true;
    const turning = (async () => {
      for (; busy; turns += 1) await sleep(0);
    })();
    await firewall.publishAll(all);
    await firewall.status();
    busy = false;
    await turning;
    assert.ok(turns > 10, `${turns} turns`);
  });
});
