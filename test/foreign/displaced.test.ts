import assert from 'node:assert/strict';
import { displacedJumps } from '../../lib/foreign/displaced';
import type { TableRule } from '../../lib/model/table-rule';
import { legacy, rule } from './support/rulesets';

const jumpTo = (chain: string): TableRule =>
  rule({ target: 'jump', chain }, { match: 'comment', comment: 'portshift' });

function displaced(chains: Parameters<typeof legacy>[0]): string[] {
  return displacedJumps(legacy(chains).rules, 'portshift').map(({ chain, jump }) => `${chain} ${jump}`);
}

describe('displacedJumps', () => {
  it('are those behind a rule of others', () => {
    const [syn, udp] = [jumpTo('portshift.syn'), jumpTo('portshift.udp')];
    assert.deepEqual(displaced({ 'mangle INPUT ACCEPT': [syn, udp, rule('ACCEPT')] }), []);
    assert.deepEqual(displaced({ 'mangle INPUT ACCEPT': [syn, rule('ACCEPT'), udp] }), [
      'INPUT portshift.syn',
      'INPUT portshift.udp',
    ]);
    assert.deepEqual(displaced({ 'nat PREROUTING ACCEPT': [rule('ACCEPT'), jumpTo('portshift.pre')] }), [
      'PREROUTING portshift.pre',
    ]);
  });

  it('are not those behind another owner, nor another owner himself', () => {
    const chain = [jumpTo('blue.pre'), jumpTo('portshift.pre')];
    assert.deepEqual(displaced({ 'nat PREROUTING ACCEPT': chain }), []);
    assert.deepEqual(displaced({ 'nat PREROUTING ACCEPT': [rule('ACCEPT'), jumpTo('blue.pre')] }), []);
  });

  it('are not those within the own chains', () => {
    assert.deepEqual(displaced({ 'nat portshift.pre': [rule('DROP'), jumpTo('portshift.pre.8000')] }), []);
  });
});
