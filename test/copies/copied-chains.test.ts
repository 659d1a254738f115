import assert from 'node:assert/strict';
import { copiedChains, OwnNames } from '../../lib/copies/copied-chains';
import type { SearchedRule, SearchedTable } from '../../lib/copies/searched';

const NAMES = new OwnNames('portshift');
const WEB = 'portshift redirect tcp 8445>8443 name=web';

/** `chain | comment | jump`, numbered from 1. */
function table(chains: string, ...lines: string[]): SearchedTable {
  const rules = lines.map((line, index): SearchedRule => {
    const [chain = '', comment = '', jump = ''] = line.split('|').map((word) => word.trim());
    return { chain, comment, jump, handle: index + 1 };
  });
  return { family: 'ip', table: 'nat', chains: chains.split(' '), rules, mapped: [] };
}

const handles = (searched: SearchedTable, names = NAMES) =>
  copiedChains(searched, names)?.deletedRules.map(({ handle }) => handle);

describe('copiedChains', () => {
  it('takes rules by chain and comment, and jumps by comment and target', () => {
    const copied = copiedChains(
      table(
        'PREROUTING portshift.pre',
        'PREROUTING | | other',
        'PREROUTING | portshift | portshift.pre',
        'portshift.pre | portshift guard |',
        `portshift.pre | ${WEB} |`,
        `PREROUTING | ${WEB} |`,
      ),
      NAMES,
    );
    assert.deepEqual(copied, {
      family: 'ip',
      table: 'nat',
      chains: ['portshift.pre'],
      deletedChains: ['portshift.pre'],
      deletedRules: [2, 3, 4].map((handle) => copied?.deletedRules.find((rule) => rule.handle === handle)),
      texts: ['redirect tcp 8445>8443 name=web'],
      isUnsigned: false,
      stays: [],
    });
  });

  it('finds nothing where only a comment mentions portshift', () => {
    assert.equal(copiedChains(table('INPUT web', `INPUT | ${WEB} |`, 'web | portshift |'), NAMES), undefined);
  });

  it("leaves alone other owners' chains, and chains with names that portshift does not give", () => {
    const others = 'blue.pre portshift.extra portshift.pre.t9999x portshift.pre.t0844';
    assert.equal(copiedChains(table(others, `blue.pre | ${WEB} |`, `portshift.extra | ${WEB} |`), NAMES), undefined);
    assert.deepEqual(handles(table(others, `blue.pre | ${WEB} |`), new OwnNames('blue')), [1]);
  });

  it('keeps a rule of others in an own chain, its chain, and every jump on the way there', () => {
    const searched = table(
      'PREROUTING portshift.pre portshift.pre.t0xxxx portshift.pre.t1xxxx',
      'PREROUTING | portshift | portshift.pre',
      'portshift.pre | portshift guard |',
      'portshift.pre | portshift | portshift.pre.t0xxxx',
      'portshift.pre | portshift | portshift.pre.t1xxxx',
      `portshift.pre.t0xxxx | ${WEB} |`,
      'portshift.pre.t0xxxx | portshift, says the operator |',
      'portshift.pre.t1xxxx | portshift redirect tcp 18445>8443 |',
    );
    const copied = copiedChains(searched, NAMES);
    assert.deepEqual(handles(searched), [4, 2, 5, 7]);
    assert.deepEqual(copied?.deletedChains, ['portshift.pre.t1xxxx']);
    assert.deepEqual(copied?.stays, [
      'ip nat portshift.pre.t0xxxx stays: it holds a rule that may be of others',
      'ip nat portshift.pre stays: portshift.pre.t0xxxx is behind it',
    ]);
  });

  it('keeps a chain that a rule or a verdict map of others leads to', () => {
    const searched = table('PREROUTING portshift.pre', 'PREROUTING | | portshift.pre', `portshift.pre | ${WEB} |`);
    assert.deepEqual(copiedChains(searched, NAMES)?.deletedChains, []);
    assert.deepEqual(handles(searched), [2]);
    const mapped = { ...table('portshift.pre', `portshift.pre | ${WEB} |`), mapped: ['portshift.pre'] };
    assert.deepEqual(copiedChains(mapped, NAMES)?.deletedChains, []);
    assert.deepEqual(copiedChains(mapped, NAMES)?.texts, ['redirect tcp 8445>8443 name=web']);
  });

  it('tells of nothing that no packet comes to, and removes it', () => {
    const searched = table(
      'portshift.keep portshift.pre',
      'portshift.keep | portshift keep |',
      `portshift.pre | ${WEB} |`,
    );
    assert.deepEqual(copiedChains(searched, NAMES)?.texts, []);
    assert.deepEqual(handles(searched), [1, 2]);
  });

  it('finds chains whose rules have lost their comments, and removes nothing of them', () => {
    const searched = table('INPUT portshift.syn', 'INPUT | | portshift.syn', 'portshift.syn | |');
    const copied = copiedChains(searched, NAMES);
    assert.deepEqual([copied?.isUnsigned, copied?.deletedRules, copied?.deletedChains], [true, [], []]);
  });

  it('takes rules with options that this version does not read', () => {
    const searched = table(
      'INPUT portshift.in',
      'INPUT | portshift | portshift.in',
      'portshift.in | portshift markDrop tcp 8443 shape=round |',
    );
    assert.deepEqual(copiedChains(searched, NAMES)?.texts, ['markDrop tcp 8443 shape=round']);
    assert.deepEqual(handles(searched), [1, 2]);
  });
});
