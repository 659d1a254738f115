import assert from 'node:assert/strict';
import { join } from 'node:path';
import { drawMatrix } from '../../examples/demo/table';
import { run } from '../support/command';
import type { Cell } from '../support/probe-matrix';

const ROOT = join(__dirname, '..', '..');
const MAIN = join(ROOT, 'examples', 'demo', 'main.ts');

describe('The demo', () => {
  for (const backend of ['iptc']) {
    it(`finds everything as expected with ${backend}`, async () => {
      const args = ['--require', 'tsx/cjs', MAIN, '--backend', backend];
      const { code, stdout, stderr } = await run(process.execPath, args, { cwd: ROOT, timeout: 120_000 });
      assert.equal(stderr, '');
      assert.match(stdout, /It is complete: (\d+) bytes of \1\./);
      assert.match(stdout, /\nEverything was as expected\.\n$/);
      assert.equal(code, 0);
    }).timeout(120_000);
  }

  it('fails, and says why, where portshift cannot work', async () => {
    const args = ['--require', 'tsx/cjs', MAIN, '--backend', 'none'];
    const { code, stderr } = await run(process.execPath, args, { cwd: ROOT });
    assert.match(stderr, /^demo: --backend none: /);
    assert.equal(code, 1);
  });

  it('shows what was and what should have been where they differ', () => {
    const place = { from: 'host', address: '::1', family: 'ipv6' } as const;
    const target = { protocol: 'tcp', port: 8445, expected: 'open blue' } as const;
    const cell: Cell = { place, target, expected: 'open blue', actual: 'timeout' };
    const drawn = drawMatrix({ places: [place], targets: [target], cells: [cell], differences: [cell] });
    assert.match(drawn, /the host itself │ ::1 │ no answer, not blue/);
  });
});
