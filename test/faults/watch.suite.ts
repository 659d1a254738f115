import assert from 'node:assert/strict';
import { type BackendName, type Firewall, openFirewall } from '../../lib';
import { Namespace } from '../support/namespace';
import { Driver } from './driver';
import { ALL, errorFaults } from './errnos';
import { Observer } from './observer';
import type { DriverResponse } from './protocol';
import { type Call, describeFault, type Fault, Shim } from './shim';

const WEB = { name: 'web', port: 8445, targetPort: 8443 };
const HANDS = {
  iptc: 'iptables-legacy -w -t nat -F; ip6tables-legacy -w -t mangle -F',
  nft: 'nft delete table inet portshift',
} as const;

export function watchFaultSuite(backend: Exclude<BackendName, 'memory'>): void {
  describe(`a fault at a call that a watch makes, ${backend}`, function () {
    this.timeout(ALL ? 3_600_000 : 120_000);
    let namespace: Namespace;
    let shim: Shim;
    let observer: Observer;
    let other: Firewall;
    let driver: Driver;

    before(async () => {
      shim = await Shim.build();
      namespace = await Namespace.create();
      observer = new Observer(namespace, backend);
      await observer.addForeignRules();
      other = await openFirewall({ backend, namespace: namespace.path });
      driver = await new Driver(shim, backend, namespace.path).ready();
    });

    after(async () => {
      await driver?.end();
      await other?.close();
      await observer?.close();
      shim?.remove();
      await namespace?.remove();
    });

    /** What the driver says of its watch, and of what a foreign hand has taken away meanwhile. */
    async function watched(fault?: Fault): Promise<DriverResponse['error']> {
      await other.publishAll([WEB]);
      const { error } = await driver.handle({ work: { does: 'watch' }, ...(fault !== undefined && { fault }) });
      if (error === undefined) await namespace.exec('sh', ['-ec', HANDS[backend]]);
      const healed = error === undefined ? await driver.handle({ work: { does: 'heal' } }) : undefined;
      return error ?? healed?.error;
    }

    it('is told or got over, and what a foreign hand takes away is put back all the same', async () => {
      assert.equal(await watched(), undefined);
      const calls = shim.calls();
      const whole = await observer.list();
      let fired = 0;
      const wrong: string[] = [];
      const faults = chosen(calls);
      for (const fault of faults) {
        const error = await watched(fault);
        if (shim.fired) fired += 1;
        const { own, foreign } = await observer.list();
        // A watch that cannot begin says so, and has touched nothing.
        const isTold = error !== undefined && error.code !== 'late' && shim.fired;
        if (error !== undefined && !isTold) wrong.push(`${describeFault(fault, calls)}: ${error.message}`);
        if (own !== whole.own) wrong.push(`${describeFault(fault, calls)}: ${own}, not ${whole.own}`);
        if (foreign !== whole.foreign) wrong.push(`${describeFault(fault, calls)}: foreign rules`);
      }
      assert.deepEqual(wrong, []);
      assert.ok(fired >= faults.length / 2, `${fired} of ${faults.length} faults came about`);
    });
  });
}

/** For each name of a call one of its faults, at its last and thus in the watch itself; or all there are. */
function chosen(calls: readonly Call[]): Fault[] {
  const groups = errorFaults(calls).filter(([fault]) => fault?.action.startsWith('fail'));
  if (ALL) return groups.flat();
  const byName = new Map<string, Fault>();
  for (const [turn, group] of groups.entries()) {
    const fault = group[turn % group.length];
    const name = calls[(fault?.call ?? 0) - 1]?.name;
    // The later half: the earlier one opens.
    if (fault !== undefined && name !== undefined && fault.call < calls.length * 0.8) {
      byName.set(`${name} ${fault.action}`, fault);
    }
  }
  return [...byName.values()];
}
