import { holdsForSequences } from './property';
import { kernelStage, type ModelStage, memoryStage } from './stage';

/** How many sequences of up to 16 turns, with up to three calls at a time in one. */
const BACKENDS: readonly [string, () => Promise<ModelStage>, number][] = [
  ['memory', memoryStage, 120],
  ['nft', () => kernelStage('nft'), 25],
  ['iptc', () => kernelStage('iptc'), 15],
];

describe('Whatever several owners and processes do, in whatever order and at the same time', function () {
  // As long as somebody wants to run it.
  this.timeout(process.env['PORTSHIFT_MODEL_RUNS'] === undefined ? 120_000 : 0);

  for (const [name, create, runs] of BACKENDS) {
    it(`comes to what a simple model says, ${name}`, async () => {
      const stage = await create();
      try {
        await holdsForSequences(stage, runs);
      } finally {
        await stage.remove();
      }
    });
  }
});
