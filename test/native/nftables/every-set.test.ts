import assert from 'node:assert/strict';
import { loadAddon } from '../../../lib/backends/addon';
import type { NftAddon } from '../../../lib/backends/nft/addon';
import { chainsFor } from '../../../lib/backends/nft/chains';
import { GUARD_RULES } from '../../../lib/backends/nft/guards';
import { RULE_COMMENT, rulesOf } from '../../../lib/backends/nft/rules';
import { setOf } from '../../../lib/backends/nft/sets';
import { SetState } from '../../../lib/backends/nft/slots';
import type { Mark } from '../../../lib/model/mark';
import { allSpecs } from '../../backends/support/nft-specs';
import { NftHost } from './support';

const MARKS: readonly (Mark | undefined)[] = [
  undefined,
  { value: 0x1000, mask: 0x1000 },
  { value: 0x2_0000, mask: 0x7_0000 },
  { value: 0x1000, mask: 0xffff_ffff },
  { value: 0xffff_ffff, mask: 0xffff_ffff },
];

/** A table with every map and set that there can be, and the rules that look them up. */
async function makeEverything(host: NftHost, mark: Mark | undefined): Promise<number> {
  const addon = loadAddon<NftAddon>('nft');
  const session = await addon.open({ namespace: host.namespace.path });
  await session.read('portshift');
  const batch = new addon.Batch('portshift');
  batch.push([
    { op: 'newTable', owner: false },
    ...chainsFor(mark).map((chain) => ({ op: 'newChain', ...chain }) as const),
  ]);
  const rules = [...GUARD_RULES];
  for (const spec of allSpecs()) {
    batch.push([{ op: 'newSet', ...setOf(spec) }]);
    const { answers } = new SetState(spec);
    if (answers !== undefined) batch.push([{ op: 'newChain', ...answers }]);
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

/** Lines of one piece. */
const PIECE = 100;

/**
 * The listing in pieces that are valid by themselves: without privileges outside of its user namespace, nft(8) sends no
 * batch that is longer than a socket's buffer is by default.
 */
function pieces(listing: string): string[] {
  const [table = '', ...lines] = listing.trimEnd().split('\n').slice(0, -1);
  // A chain may jump to one that is listed behind it: all are made first.
  const chains = lines.flatMap((line, index) => {
    if (!line.startsWith('\tchain')) return [];
    const hook = lines[index + 1]?.includes(' hook ') ? [lines[index + 1] ?? ''] : [];
    return [line, ...hook, '\t}'];
  });
  const found: string[][] = [chains];
  let head = '';
  for (const line of lines.filter((one) => one !== '')) {
    if (/^\t\w/.test(line)) head = line;
    const piece = found.length > 1 ? found.at(-1) : undefined;
    const isFull = piece === undefined || piece.length >= PIECE;
    if (isFull && line === head) found.push([line]);
    // A chain goes on in the next piece.
    else if (isFull && head.startsWith('\tchain') && line !== '\t}') {
      piece?.push('\t}');
      found.push([head, line]);
    } else piece?.push(line);
  }
  return found.map((piece) => [table, ...piece, '}'].join('\n'));
}

describe('Every map and set that there can be', () => {
  let host: NftHost;

  beforeEach(async () => {
    host = await NftHost.create();
  });

  afterEach(() => host.remove());

  for (const mark of MARKS) {
    const words = mark === undefined ? 'no mark' : `mark ${mark.value.toString(16)}/${mark.mask.toString(16)}`;
    it(`is, with ${words}, what nft makes of its listing`, async () => {
      const rules = await makeEverything(host, mark);
      const listing = await host.list();
      const before = { expressions: await expressions(host), json: await json(host) };
      assert.equal(before.expressions.filter((line) => line.startsWith('inet')).length, rules);
      await host.nft('flush', 'ruleset');
      for (const piece of pieces(listing)) await host.load(piece);
      assert.equal(await host.list(), listing);
      assert.deepEqual({ expressions: await expressions(host), json: await json(host) }, before);
    });
  }
});
