import assert from 'node:assert/strict';
import { MIDSTREAM, NAT_PREROUTING } from '../../../lib/backends/nft/chains';
import type { NftExpression } from '../../../lib/backends/nft/expression';
import { GUARD_RULES } from '../../../lib/backends/nft/guards';
import { expressionText } from '../../../lib/backends/nft/notation';
import { difference } from '../../../lib/model/change';
import { checkPublication, entriesOf } from '../../../lib/model/publication';
import { NftTable } from '../support/nft-table';

const WEB = entriesOf(checkPublication('', { name: 'web', port: 80, targetPort: 8443 }, ['ipv4', 'ipv6']));
const FOREIGN: readonly NftExpression[] = [{ expr: 'immediate', verdict: 'accept' }];

const textOf = (expressions: readonly NftExpression[]) => expressions.map(expressionText).join(' ');
const GUARD_TEXTS = GUARD_RULES.map(({ expressions }) => textOf(expressions));

let table: NftTable;

/** The rules of a chain: guards by their number, `foreign`, and the sets that others look up. */
function order(chain: string): (number | string)[] {
  return (table.rules.get(chain) ?? []).map(({ expressions }) => {
    const text = textOf(expressions);
    const guard = GUARD_TEXTS.indexOf(text);
    if (guard >= 0) return guard;
    return text === textOf(FOREIGN) ? 'foreign' : (/set (\w+)/.exec(text)?.[1] ?? text);
  });
}

/** As they come to be, the last of those that come first in front. */
const PREROUTING = [1, 0, 'tcp_ports', 'udp_ports'];
const MIDSTREAM_ORDER = [4, 3, 2];

/** Repairs once, and checks that nothing more is to be done. */
function assertRepaired({ foreign = 0 } = {}): void {
  table.make();
  const [first, second, ...others] = order(NAT_PREROUTING.chain).filter((one) => one !== 'foreign');
  // Which of the two comes first makes no difference.
  assert.deepEqual([first, second].sort(), [0, 1]);
  assert.deepEqual(others, PREROUTING.slice(2));
  assert.deepEqual(
    order(MIDSTREAM.chain).filter((one) => one !== 'foreign'),
    MIDSTREAM_ORDER,
  );
  const all = [...order(NAT_PREROUTING.chain), ...order(MIDSTREAM.chain)];
  assert.equal(all.filter((one) => one === 'foreign').length, foreign);
  assert.deepEqual(table.damage(), []);
  assert.deepEqual(table.make(), []);
}

beforeEach(() => {
  table = new NftTable();
  table.make(difference([], WEB));
});

describe('The guards of the redirects on nft', () => {
  it('come before the redirects, and go with the table', () => {
    assert.deepEqual(order(NAT_PREROUTING.chain), PREROUTING);
    assert.deepEqual(order(MIDSTREAM.chain), MIDSTREAM_ORDER);
    assert.deepEqual(table.damage(), []);
    assert.deepEqual(table.make(difference(WEB, [])), [{ op: 'deleteTable' }]);
  });

  it('send what opens nothing to a chain where a listener on the wildcard address is told from a socket', () => {
    assert.deepEqual(
      MIDSTREAM_ORDER.map((index) => GUARD_TEXTS[index]),
      [
        '[ socket load wildcard => reg 1 ] [ cmp eq reg 1 01 ] [ immediate reg 0 return ]',
        '[ socket load wildcard => reg 1 ] [ cmp eq reg 1 00 ] [ immediate reg 0 accept ]',
        '[ socket load transparent => reg 1 ] [ cmp eq reg 1 00 ] [ immediate reg 0 accept ]',
      ],
    );
  });

  for (const [index, { chain }] of GUARD_RULES.entries()) {
    it(`number ${index} that is missing is made again where it was`, () => {
      const rule = table.rules.get(chain)?.find(({ expressions }) => textOf(expressions) === GUARD_TEXTS[index]);
      assert.ok(rule !== undefined);
      table.delete(chain, rule.handle);
      assert.ok(table.damage().includes('a guard of the redirects is missing'));
      assertRepaired();
    });

    it(`number ${index} that is doubled is there once`, () => {
      for (const position of ['first', 'last'] as const) {
        const { expressions } = GUARD_RULES[index] as (typeof GUARD_RULES)[number];
        table.add(chain, position, { expressions, comment: 'portshift' });
        assert.ok(table.damage().some((line) => line === `${chain} holds a rule that is out of place`));
        assertRepaired();
      }
    });
  }

  it('come before a rule of others that was inserted above them, which stays', () => {
    for (const chain of [NAT_PREROUTING.chain, MIDSTREAM.chain]) {
      table.add(chain, 'first', { expressions: FOREIGN, comment: 'theirs' });
      assert.ok(table.damage().includes(`${chain} holds a rule that is out of place`));
    }
    assertRepaired({ foreign: 2 });
    assert.equal(order(NAT_PREROUTING.chain)[2], 'foreign');
  });

  it('leave a rule of others below them where it is', () => {
    for (const chain of [NAT_PREROUTING.chain, MIDSTREAM.chain]) table.add(chain, 'last', { expressions: FOREIGN });
    assert.deepEqual(table.damage(), []);
    assert.deepEqual(table.make(), []);
  });

  it('in another order are put in order', () => {
    table.rules.get(MIDSTREAM.chain)?.reverse();
    assert.notDeepEqual(table.damage(), []);
    assertRepaired();
    const rules = table.rules.get(NAT_PREROUTING.chain);
    rules?.push(...rules.splice(0, 2));
    assert.notDeepEqual(table.damage(), []);
    assertRepaired();
  });

  it('are made again with a chain that is missing, or another kind of chain', () => {
    table.rules.get(NAT_PREROUTING.chain)?.splice(0, 1);
    table.rules.delete(MIDSTREAM.chain);
    table.chains.delete(MIDSTREAM.chain);
    assert.ok(table.damage().includes('chain midstream is missing'));
    assertRepaired();
    for (const [chain, wrong] of [
      [MIDSTREAM, { type: 'filter', hook: 'input', priority: 0 }],
      [NAT_PREROUTING, { priority: -99 }],
    ] as const) {
      table.chains.set(chain.chain, { ...chain, ...wrong });
      assert.ok(table.damage().includes(`chain ${chain.chain} is wrong`));
      assertRepaired();
      assert.deepEqual(table.chains.get(chain.chain), chain);
    }
  });
});

describe('The mark on what is denied, on nft', () => {
  const BLUE = { value: 0x1000, mask: 0x1000 };
  const GREEN = { value: 0x2_0000, mask: 0x7_0000 };

  const markings = () =>
    (table.rules.get('mark_prerouting') ?? []).map(({ expressions }) =>
      expressions.some((one) => one.expr === 'bitwise' && one.xor === '00000200') ? 'green' : 'other',
    );
  const closing = () => (table.rules.get('closed_input') ?? []).map(({ expressions }) => textOf(expressions));

  it('comes, changes and goes in one transaction, and what denies stays as it is', () => {
    const before = closing();
    assert.deepEqual(markings(), []);
    table.make(undefined, BLUE);
    assert.equal(markings().length, 4);
    table.make(undefined, GREEN);
    assert.deepEqual(markings(), new Array(4).fill('green'));
    assert.deepEqual(table.make(undefined, GREEN), []);
    table.make();
    assert.ok(!table.chains.has('mark_prerouting'));
    assert.deepEqual(closing(), before);
    assert.deepEqual(table.damage(), []);
  });
});
