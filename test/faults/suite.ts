import assert from 'node:assert/strict';
import type { BackendName } from '../../lib';
import { CHANGES, type Change } from './changes';
import { ALL, chosen, errorFaults, killFaults, writes } from './errnos';
import type { Call, Fault } from './shim';
import { Stage } from './stage';

/** Far fewer would mean that the calls are not seen any more. */
const FEWEST = { iptc: 1000, nft: 300 } as const;

export function faultSuite(backend: Exclude<BackendName, 'memory'>): void {
  describe(`a fault at every call into the kernel, ${backend}`, function () {
    this.timeout(ALL ? 3_600_000 : 120_000);
    let stage: Stage;
    let injected = 0;

    before(async () => {
      stage = await Stage.create(backend);
    });

    after(() => stage?.remove());

    async function injectAll(change: Change, calls: readonly Call[], faults: readonly Fault[]): Promise<void> {
      const wrong: string[] = [];
      for (const fault of faults) wrong.push(...(await stage.inject(change, calls, fault)));
      injected += faults.length;
      assert.deepEqual(wrong, []);
    }

    for (const [index, change] of CHANGES.entries()) {
      it(`${change.name}: it fails`, async () => {
        const calls = await stage.trace(change);
        await injectAll(change, calls, chosen(errorFaults(calls), index));
      });

      it(`${change.name}: the process is killed`, async () => {
        const calls = await stage.trace(change);
        await injectAll(change, calls, chosenKills(killFaults(calls), calls, index));
      });
    }

    it('there were faults', () => {
      assert.ok(injected >= FEWEST[backend], `${injected}`);
    });
  });
}

function chosenKills(kills: readonly Fault[], calls: readonly Call[], turn: number): Fault[] {
  const isBesideWrite = ({ call }: Fault) => [call - 1, call].some((number) => writes(calls[number - 1]));
  return kills.filter((kill) => ALL || isBesideWrite(kill) || (kill.call + turn) % 3 === 0);
}
