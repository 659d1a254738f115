import assert from 'node:assert/strict';
import { CHAIN_IDS, chainPrefix } from '../../../lib/backends/iptc/chains';
import { PortTree } from '../../../lib/backends/iptc/port-tree';
import { commentOf, iptablesText } from '../support/iptables-text';

const LONGEST_OWNER = 'x'.repeat(16);

const rootsOf = (owner: string) => CHAIN_IDS.map((id) => new PortTree(owner).root(id));

describe('An own chain', () => {
  it('is reached by one jump, with a test so cheap that most packets pay for it alone', () => {
    const roots = rootsOf('blue');
    assert.deepEqual(
      roots.map(({ table, hook, jump }) => `${table} ${hook} ${iptablesText(jump)}`),
      [
        'nat PREROUTING -j blue.pre',
        'nat OUTPUT -j blue.out',
        'mangle INPUT -p tcp --syn -m conntrack ! --ctstate DNAT --ctdir ORIGINAL -j blue.syn',
        'mangle INPUT -p udp -m conntrack ! --ctstate ESTABLISHED,DNAT --ctdir ORIGINAL -j blue.new',
        'mangle INPUT -p tcp -m conntrack ! --ctstate DNAT --ctdir ORIGINAL -j blue.tcp',
        'mangle INPUT -p udp -m conntrack ! --ctstate DNAT --ctdir ORIGINAL -j blue.udp',
        'filter INPUT -m conntrack ! --ctstate DNAT --ctdir ORIGINAL -j blue.in',
        'security INPUT -m conntrack ! --ctstate DNAT --ctdir ORIGINAL -j blue.sec',
        'mangle INPUT -p udp -i lo -m conntrack ! --ctstate DNAT --ctdir REPLY -j blue.lo',
        'mangle OUTPUT -p tcp -m conntrack ! --ctstate ESTABLISHED,DNAT -j blue.ans',
        'mangle PREROUTING -m addrtype --dst-type LOCAL -m conntrack ! --ctstate DNAT --ctdir ORIGINAL -j blue.mark',
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
