import assert from 'node:assert/strict';
import { loadAddon } from '../../../lib/backends/addon';
import type { NftAddon } from '../../../lib/backends/nft-addon';
import { dropRule, NFT_CHAINS, RULE_COMMENT, rulesOf } from '../../../lib/plan/nft-rules';
import { setOf } from '../../../lib/plan/nft-sets';
import type { Mark } from '../../../lib/rules/mark';
import { allSpecs } from '../../plan/support/nft-specs';
import { NftHost } from './support';

const MARKS: readonly Mark[] = [
  { value: 0x1000, mask: 0x1000 },
  { value: 0x2_0000, mask: 0x7_0000 },
  { value: 0x1000, mask: 0xffff_ffff },
  { value: 0xffff_ffff, mask: 0xffff_ffff },
];

/** A table with every map and set that there can be, and the rules that look them up. */
async function makeEverything(host: NftHost, mark: Mark): Promise<number> {
  const addon = loadAddon<NftAddon>('nft');
  const session = await addon.open({ namespace: host.namespace.path });
  await session.read('portshift');
  const batch = new addon.Batch('portshift');
  batch.push([{ op: 'newTable', owner: false }, ...NFT_CHAINS.map((chain) => ({ op: 'newChain', ...chain }) as const)]);
  const rules = [dropRule(mark)];
  for (const spec of allSpecs()) {
    batch.push([{ op: 'newSet', ...setOf(spec) }]);
    rules.push(...rulesOf(spec, mark));
  }
  for (const rule of rules) batch.push([{ op: 'newRule', ...rule, comment: RULE_COMMENT }]);
  const result = await session.commit(batch);
  await session.close();
  assert.notEqual(result, 'stale');
  return rules.length;
}

/** Every expression of every rule, under the name of its chain. */
async function expressions(host: NftHost): Promise<string[]> {
  const lines = (await host.nft('--debug=netlink', 'list', 'ruleset')).split('\n');
  return lines.filter((line) => /^ +\[|^inet portshift [a-z]/.test(line)).map((line) => line.replace(/( \d+)+$/, ''));
}

/** `nft -j list ruleset` without the numbers that the kernel gave. */
async function json(host: NftHost): Promise<unknown> {
  const ruleset: unknown = JSON.parse(await host.nft('-j', 'list', 'ruleset'));
  return JSON.parse(JSON.stringify(ruleset, (key, value: unknown) => (key === 'handle' ? undefined : value)));
}

describe('Every map and set that there can be', () => {
  let host: NftHost;

  beforeEach(async () => {
    host = await NftHost.create();
  });

  afterEach(() => host.remove());

  for (const mark of MARKS) {
    it(`is, with mark ${mark.value.toString(16)}/${mark.mask.toString(16)}, what nft makes of its listing`, async () => {
      const rules = await makeEverything(host, mark);
      const listing = await host.list();
      const before = { expressions: await expressions(host), json: await json(host) };
      assert.equal(before.expressions.filter((line) => line.startsWith('inet')).length, rules);
      await host.nft('flush', 'ruleset');
      await host.load(listing);
      assert.equal(await host.list(), listing);
      assert.deepEqual({ expressions: await expressions(host), json: await json(host) }, before);
    });
  }
});
