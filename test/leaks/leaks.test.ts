import assert from 'node:assert/strict';
import { type Sample, samples } from './sample';

/** scripts/leaks makes 100,000 commits. */
const COMMITS = 400;
const WINDOWS = 8;
/**
 * A rule, an element, a message or a result that stays behind takes more than that of each commit. What else is going on
 * here and in the machine comes and goes; what leaks grows in every window, so the window that grew least tells.
 */
const BYTES_OF_A_COMMIT = 512;

function leastGrowth(all: readonly Sample[], held: (sample: Sample) => number): number {
  return Math.min(...all.slice(1).map((sample, i) => held(sample) - held(all[i] as Sample)));
}

describe('Thousands of commits', () => {
  for (const backend of ['iptc', 'nft'] as const) {
    it(`of ${backend} leave nothing behind in the process or in the kernel`, async function () {
      this.timeout(300_000);
      const all: Sample[] = [];
      for await (const sample of samples(backend, COMMITS, WINDOWS)) all.push(sample);
      const [first, last] = [all[0] as Sample, all[WINDOWS] as Sample];
      assert.equal(last.commits, COMMITS * WINDOWS);
      assert.equal(last.descriptors, first.descriptors);
      assert.equal(last.threads, first.threads);
      const most = COMMITS * BYTES_OF_A_COMMIT;
      assert.ok(leastGrowth(all, ({ rss }) => rss) < most, JSON.stringify(all));
      for (const part of ['slab', 'percpu', 'vmalloc'] as const) {
        assert.ok(leastGrowth(all, ({ kernel }) => kernel[part]) < most, `${part}: ${JSON.stringify(all)}`);
      }
    });
  }
});
