import assert from 'node:assert/strict';
import type { BackendName } from '../../lib';
import { runProcesses } from '../soak/processes';

/** A short run of what scripts/soak does for a minute. */
export function processesSuite(backend: BackendName): void {
  describe(`Eight processes of one owner on ${backend}`, function () {
    this.timeout(120_000);

    it('lose nothing, neither of their own nor of others, while others change rules as well', async () => {
      const { problems, reports, foreignRounds } = await runProcesses({ backend, processes: 8, ms: 3_000 });
      assert.deepEqual(problems, []);
      const changes = reports.reduce((sum, report) => sum + report.changes, 0);
      assert.ok(changes > reports.length, `${changes} changes`);
      assert.ok(foreignRounds > 3, `${foreignRounds} rounds`);
    });
  });
}
