import assert from 'node:assert/strict';
import type { BackendName } from '../../lib';
import { runScenario, SCENARIOS } from '../soak/scenarios';
import { BLUE, Stage } from '../soak/stage';
import { Totals } from '../soak/totals';

const ROUNDS = 15;
const CALM_MS = 200;
const PORT = 8445;

/** A short run of what scripts/soak does for long. */
export function loadSuite(backend: BackendName): void {
  describe(`Under load on ${backend}`, function () {
    this.timeout(120_000);

    for (const scenario of SCENARIOS) {
      it(`nothing fails while there are ${scenario.title}`, async () => {
        const totals = new Totals();
        await runScenario(scenario, { backend, rounds: ROUNDS, calm: CALM_MS }, totals);
        assert.deepEqual(totals.failures, [], totals.table());
      });
    }
  });

  describe(`The load on ${backend} notices`, () => {
    let totals: Totals;
    let stage: Stage;

    beforeEach(async () => {
      totals = new Totals();
      stage = await Stage.create({ backend, scenario: 'test', totals, calm: 0 });
    });

    afterEach(() => stage.remove());

    async function untilNoticed(): Promise<void> {
      while (totals.failures.length === 0) await stage.load.count();
    }

    it('a public port that is gone for a moment', async () => {
      const service = Stage.service('tcp', PORT, BLUE);
      const web = await stage.firewall.publish(service);
      await stage.firewall.publish(Stage.service('udp', PORT, BLUE));
      await stage.load.hammer('public port', [PORT], 'open', 0);
      await stage.begin();
      await web.withdraw();
      await untilNoticed();
      await stage.firewall.publish(service);
      await stage.finish();
      assert.match(totals.failures.join('\n'), /^test, tcp public port: \d+ x 8445 refused$/);
    });

    it('a closed target port that is open for a moment', async () => {
      await stage.begin();
      const vault = (await stage.firewall.published()).find(({ name }) => name === 'vault-udp');
      assert.ok(vault);
      await vault.withdraw();
      await untilNoticed();
      await stage.firewall.publish(vault.options);
      await stage.finish();
      assert.match(totals.failures.join('\n'), /^test, udp closed target: \d+ x udp vault on 7443$/);
    });

    it('a connection that a server has and no client knows of', async () => {
      await stage.begin();
      await stage.hosts.outside.open({ protocol: 'tcp', address: '10.77.0.1', port: 7445 });
      await stage.finish();
      assert.deepEqual(totals.failures, ['test, servers count the same: 1 x tcp: 5, not 4']);
    });
  });
}
