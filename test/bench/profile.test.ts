import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { partOf, profileOf } from '../../bench/profile';

const dist = (file: string) => join(__dirname, '..', '..', 'dist', file);

describe('The profile of the benchmark', () => {
  it('tells parts of portshift by their files', () => {
    assert.equal(partOf('planNft', dist('plan/nft-plan.js')), 'planning');
    assert.equal(partOf('record', dist('plan/journal.js')), 'answering: journal, receipts');
    assert.equal(
      partOf('check', pathToFileURL(dist('plan/conflict.js')).href),
      partOf('checkPort', dist('rules/port.js')),
    );
    assert.equal(partOf('sliced', dist('slices.js')), 'putting calls together, and letting others in');
  });

  it('tells them from the rest', () => {
    assert.equal(partOf('(garbage collector)', ''), 'garbage collection');
    assert.equal(partOf('(idle)', ''), 'waiting for the kernel');
    for (const url of ['', 'node:internal/timers', __filename])
      assert.equal(partOf('run', url), 'Node.js, and the caller');
  });

  it('adds up to all of the time', async () => {
    const shares = await profileOf(async () => {
      for (let left = 200_000; left > 0; left -= 1) JSON.parse('[1]');
    });
    const total = Object.values(shares).reduce((sum, share) => sum + share, 0);
    assert.ok(Math.abs(total - 1) < 1e-9, JSON.stringify(shares));
  });
});
