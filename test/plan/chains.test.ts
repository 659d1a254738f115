import assert from 'node:assert/strict';
import { CHAIN_IDS, chainPrefix } from '../../lib/plan/chains';
import { PortTree } from '../../lib/plan/port-tree';
import { DEFAULT_MARK } from '../../lib/rules/mark';
import { commentOf, iptablesText } from './support/iptables-text';

const LONGEST_OWNER = 'x'.repeat(16);

const rootsOf = (owner: string) => CHAIN_IDS.map((id) => new PortTree(owner, DEFAULT_MARK).root(id));

describe('An own chain', () => {
  it('is reached by one jump, with a test so cheap that most packets pay for it alone', () => {
    const roots = rootsOf('blue');
    assert.deepEqual(
      roots.map(({ table, hook, jump }) => `${table} ${hook} ${iptablesText(jump)}`),
      [
        'nat PREROUTING -j blue.pre',
        'nat OUTPUT -j blue.out',
        'mangle PREROUTING -p tcp --syn -j blue.syn',
        'mangle PREROUTING -p udp -m conntrack ! --ctstate ESTABLISHED -j blue.new',
        'mangle PREROUTING -p tcp -j blue.tcp',
        'mangle PREROUTING -p udp -j blue.udp',
        'filter INPUT -m mark --mark 0x1000/0x1000 -j blue.in',
      ],
    );
    for (const { jump } of roots) assert.equal(commentOf(jump), 'portshift');
  });

  it('has a name that the kernel takes', () => {
    for (const { name } of rootsOf(LONGEST_OWNER)) assert.ok(Buffer.byteLength(name) <= 28, name);
  });

  it('is never taken for one of another owner', () => {
    for (const [owner, other] of [
      ['blue', 'blue-green'],
      ['a', 'ab'],
      ['a', 'a-in'],
    ] as const) {
      for (const { name } of rootsOf(other)) assert.ok(!name.startsWith(chainPrefix(owner)));
    }
  });
});
