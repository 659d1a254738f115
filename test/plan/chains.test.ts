import assert from 'node:assert/strict';
import { CHAIN_IDS, CHAINS, chainName, chainPrefix, jumpRule } from '../../lib/plan/chains';
import { DEFAULT_MARK } from '../../lib/rules/mark';
import { commentOf, iptablesText } from './support/iptables-text';

const LONGEST_OWNER = 'x'.repeat(16);

describe('An own chain', () => {
  it('is reached by one jump, with a test so cheap that most packets pay for it alone', () => {
    const jumps = CHAIN_IDS.map((id) => {
      const { table, hook } = CHAINS[id];
      return `${table} ${hook} ${iptablesText(jumpRule('blue', id, DEFAULT_MARK))}`;
    });
    assert.deepEqual(jumps, [
      'nat PREROUTING -j blue.pre',
      'nat OUTPUT -j blue.out',
      'mangle PREROUTING -p tcp --syn -j blue.tcp',
      'mangle PREROUTING -p udp -m conntrack --ctstate NEW -j blue.udp',
      'mangle PREROUTING -p tcp -j blue.tcp-all',
      'mangle PREROUTING -p udp -j blue.udp-all',
      'filter INPUT -m mark --mark 0x1000/0x1000 -j blue.in',
    ]);
    for (const id of CHAIN_IDS) assert.equal(commentOf(jumpRule('blue', id, DEFAULT_MARK)), 'portshift');
  });

  it('has a name that the kernel takes', () => {
    for (const id of CHAIN_IDS) assert.ok(Buffer.byteLength(chainName(LONGEST_OWNER, id)) <= 28, id);
  });

  it('is never taken for one of another owner', () => {
    for (const [owner, other] of [
      ['blue', 'blue-green'],
      ['a', 'ab'],
      ['a', 'a-in'],
    ] as const) {
      for (const id of CHAIN_IDS) assert.ok(!chainName(other, id).startsWith(chainPrefix(owner)));
    }
  });
});
