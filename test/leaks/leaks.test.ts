import assert from 'node:assert/strict';
import { type Sample, samples } from './sample';

/** scripts/leaks makes 100,000 commits. */
const COMMITS = 400;
const WINDOWS = 8;
/** An object of JavaScript, a rule or an element that stays behind of each commit takes more. */
const BYTES_OF_A_COMMIT = 512;
/** And a message to the kernel, or what was read, more than that. The allocator's own ways come to some 10 MiB in all. */
const RSS_OF_A_COMMIT = 8192;

/**
 * The kernel's memory is the whole machine's: what else is going on there comes and goes, but what leaks grows in every
 * window, so the one that grew least tells.
 */
function leastGrowth(all: readonly Sample[], held: (kernel: Sample['kernel']) => number): number {
  return Math.min(...all.slice(1).map(({ kernel }, i) => held(kernel) - held((all[i] as Sample).kernel)));
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
      assert.ok(last.js - first.js < last.commits * BYTES_OF_A_COMMIT, JSON.stringify(all));
      assert.ok(last.rss - first.rss < last.commits * RSS_OF_A_COMMIT, JSON.stringify(all));
      for (const part of ['slab', 'percpu', 'vmalloc'] as const) {
        const grown = leastGrowth(all, (kernel) => kernel[part]);
        assert.ok(grown < COMMITS * BYTES_OF_A_COMMIT, `${part}: ${JSON.stringify(all)}`);
      }
    });
  }
});
