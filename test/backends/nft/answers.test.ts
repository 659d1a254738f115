import assert from 'node:assert/strict';
import { CLOSED_OUTPUT } from '../../../lib/backends/nft/chains';
import type { NftExpression } from '../../../lib/backends/nft/expression';
import { expressionText } from '../../../lib/backends/nft/notation';
import { difference } from '../../../lib/model/change';
import { checkPublication, entriesOf } from '../../../lib/model/publication';
import { NftTable } from '../support/nft-table';

const published = (options: object) =>
  entriesOf(checkPublication('', { name: 'web', port: 80, targetPort: 8443, ...options }, ['ipv4', 'ipv6']));
const WEB = published({});
const CUT = published({ name: 'cut', port: 81, targetPort: 9443, established: 'drop' });
const FOREIGN: readonly NftExpression[] = [{ expr: 'immediate', verdict: 'accept' }];
const BASE = 'answers_tcp_closed';
const OTHER = 'answers_tcp_closed_cut';

let table: NftTable;

const texts = (chain: string) =>
  (table.rules.get(chain) ?? []).map(({ expressions }) => expressions.map(expressionText).join(' '));

/** What is there as it should be, with what was put into the chains by others. */
function assertSound(foreign: readonly string[] = []): void {
  for (const [chain, set] of [
    [BASE, 'tcp_closed'],
    [OTHER, 'tcp_closed_cut'],
  ] as const) {
    const [passing, dropping] = texts(chain).filter((text) => !foreign.includes(text));
    assert.match(passing ?? '', new RegExp(`set ${set} 0x1 .*return \\]$`));
    assert.match(dropping ?? '', /^\[ immediate reg 0 drop \]$/);
    assert.ok(texts(CLOSED_OUTPUT.chain).some((text) => text.endsWith(`jump -> ${chain}`) || text.includes(chain)));
  }
  assert.deepEqual(table.damage(), []);
  assert.deepEqual(table.make(), []);
}

beforeEach(() => {
  table = new NftTable();
  table.make(difference([], [...WEB, ...CUT]));
});

describe('The chains for what closed ports send, on nft', () => {
  it('are there with their sets, and go with them', () => {
    assertSound();
    table.make(difference(CUT, []));
    assert.equal(table.chains.has(OTHER), false);
    assert.equal(texts(CLOSED_OUTPUT.chain).length, 1);
    assert.deepEqual(table.make(difference(WEB, [])), [{ op: 'deleteTable' }]);
  });

  it('are made in one transaction where a table has none of them, and nothing else is touched', () => {
    for (const chain of [CLOSED_OUTPUT.chain, BASE, OTHER]) {
      table.rules.delete(chain);
      table.chains.delete(chain);
    }
    assert.notDeepEqual(table.damage(), []);
    const operations = table.make();
    assert.deepEqual(
      operations.map((operation) => `${operation.op} ${'chain' in operation ? operation.chain : ''}`),
      [
        ...[CLOSED_OUTPUT.chain, BASE, OTHER].map((chain) => `newChain ${chain}`),
        ...[BASE, BASE, CLOSED_OUTPUT.chain, OTHER, OTHER, CLOSED_OUTPUT.chain].map((chain) => `newRule ${chain}`),
      ],
    );
    assertSound();
  });

  it('are made again where they are other chains, or rules of them are missing or in another order', () => {
    table.chains.set(BASE, { chain: BASE, type: 'filter', hook: 'input', priority: 0 });
    assert.ok(table.damage().includes(`chain ${BASE} is wrong`));
    table.make();
    assertSound();
    table.chains.set(CLOSED_OUTPUT.chain, { ...CLOSED_OUTPUT, priority: 1 });
    table.make();
    assertSound();
    for (const index of [0, 1]) {
      table.rules.get(OTHER)?.splice(index, 1);
      assert.notDeepEqual(table.damage(), []);
      table.make();
      assertSound();
    }
    table.rules.get(BASE)?.reverse();
    assert.notDeepEqual(table.damage(), []);
    table.make();
    assertSound();
  });

  it('go where they are left over from a set that is gone', () => {
    const chain = 'answers_tcp_closed_reject';
    table.chains.set(chain, { chain });
    table.rules.set(chain, []);
    assert.deepEqual(table.damage(), [`chain ${chain} is left over`]);
    assert.deepEqual(table.make(), [{ op: 'deleteChain', chain }]);
    assertSound();
  });

  it('keep a rule of others where it is', () => {
    table.add(BASE, 'first', { expressions: FOREIGN });
    table.add(CLOSED_OUTPUT.chain, 'last', { expressions: FOREIGN });
    assert.deepEqual(table.make(), []);
    assertSound([FOREIGN.map(expressionText).join(' ')]);
  });

  it('stay, with their sets, where rules of others are in them or jump to them', () => {
    const jump: readonly NftExpression[] = [{ expr: 'immediate', verdict: 'jump', chain: OTHER }];
    for (const [chain, expressions] of [
      [OTHER, FOREIGN],
      [CLOSED_OUTPUT.chain, jump],
    ] as const) {
      const handle = table.add(chain, 'last', { expressions });
      table.make(difference(CUT, []));
      assert.equal(texts(OTHER).length, chain === OTHER ? 3 : 2);
      assert.deepEqual(table.damage(), []);
      table.delete(chain, handle);
      assert.notDeepEqual(table.damage(), []);
      table.make();
      assert.equal(table.chains.has(OTHER), false);
      table.make(difference([], CUT));
      assertSound();
    }
  });
});
