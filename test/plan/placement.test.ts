import assert from 'node:assert/strict';
import { dropPlacement, needsDrop, placementsOf, ruleOf } from '../../lib/plan/placement';
import { type Entry, entryKey } from '../../lib/rules/entry';
import { loopback } from '../../lib/rules/loopback';
import { DEFAULT_MARK } from '../../lib/rules/mark';
import { markDrop } from '../../lib/rules/mark-drop';
import { redirect } from '../../lib/rules/redirect';
import type { Rule } from '../../lib/rules/rule';
import { commentOf, iptablesText } from './support/iptables-text';

const LOCAL = '-m addrtype --dst-type LOCAL';
const MARK = '-j MARK --set-xmark 0x1000/0x1000';
const MARKED = '-m mark --mark 0x1000/0x1000';

/** With the rules as they are for this entry. */
function placed(entry: Entry, mark = DEFAULT_MARK) {
  return placementsOf(entry.rule, mark).map((one) => ({ ...one, rule: ruleOf(one.rule, entry) }));
}

/** The lines of one family, each with its chain in front. */
function lines(rule: Rule, family: 'ipv4' | 'ipv6' = 'ipv4'): string[] {
  return placed({ rule })
    .filter((placement) => placement.family === family)
    .map(({ chain, rule: one }) => `${chain}: ${iptablesText(one)}`);
}

describe('A redirect in the tables', () => {
  it('takes connection-opening packets to any local address, and keeps the address', () => {
    const rule = redirect({ port: 8445, targetPort: 8443 });
    const expected = [`pre: -p tcp --syn --dport 8445 ${LOCAL} -j DNAT --to-destination :8443`];
    assert.deepEqual(lines(rule), expected);
    assert.deepEqual(lines(rule, 'ipv6'), expected);
  });

  it('takes every packet of UDP: nat sees the first one only', () => {
    const rule = redirect({ protocol: 'udp', port: '53-54', targetPort: 5353 });
    assert.deepEqual(lines(rule), [`pre: -p udp --dport 53:54 ${LOCAL} -j DNAT --to-destination :5353`]);
  });

  it('to one address needs no test of its type, and is of its family only', () => {
    const rule = redirect({ port: 8445, targetPort: 8443, destination: '192.0.2.7', interface: 'eth0' });
    const line = '-p tcp -d 192.0.2.7 -i eth0 --syn --dport 8445 -j DNAT --to-destination :8443';
    assert.deepEqual(lines(rule), [`pre: ${line}`]);
    assert.deepEqual(lines(rule, 'ipv6'), []);
  });

  it('goes to another address where it is told to', () => {
    const rule = redirect({ port: 8445, targetPort: 8443, targetAddress: '2001:db8::8' });
    const line = `-p tcp --syn --dport 8445 ${LOCAL} -j DNAT --to-destination [2001:db8::8]:8443`;
    assert.deepEqual(lines(rule, 'ipv6'), [`pre: ${line}`]);
    assert.deepEqual(lines(rule), []);
  });
});

describe('A loopback redirect in the tables', () => {
  it('takes what leaves on lo, and keeps the address', () => {
    const rule = loopback({ port: 8445, targetPort: 8443 });
    const expected = ['out: -p tcp -o lo --syn --dport 8445 -j DNAT --to-destination :8443'];
    assert.deepEqual(lines(rule), expected);
    assert.deepEqual(lines(rule, 'ipv6'), expected);
  });

  it('with a destination takes that and the loopback addresses of both families', () => {
    const rule = loopback({ protocol: 'udp', port: 53, targetPort: 5353, destination: '192.0.2.7' });
    const rest = '-o lo --dport 53 -j DNAT --to-destination :5353';
    assert.deepEqual(lines(rule), [`out: -p udp -d 192.0.2.7 ${rest}`, `out: -p udp -d 127.0.0.0/255.0.0.0 ${rest}`]);
    assert.deepEqual(lines(rule, 'ipv6'), [`out: -p udp -d ::1 ${rest}`]);
  });

  it('with a loopback address as destination has that once', () => {
    const v4 = loopback({ port: 1, targetPort: 2, destination: '127.0.0.9' });
    const v6 = loopback({ port: 1, targetPort: 2, destination: '::1' });
    assert.equal(lines(v4).length, 1);
    assert.equal(lines(v6, 'ipv6').length, 1);
  });

  it('goes to another address where it is told to, in its family only', () => {
    const rule = loopback({ port: 1, targetPort: 2, targetAddress: '192.0.2.8' });
    assert.deepEqual(lines(rule), ['out: -p tcp -o lo --syn --dport 1 -j DNAT --to-destination 192.0.2.8:2']);
    assert.deepEqual(lines(rule, 'ipv6'), []);
  });
});

describe('A closed port in the tables', () => {
  it('is marked where no redirect has led there, in one direction, at local addresses', () => {
    const rest = `--syn --dport 8443 ${LOCAL} -m conntrack ! --ctstate DNAT --ctdir ORIGINAL ${MARK}`;
    assert.deepEqual(lines(markDrop({ port: 8443 })), [`syn: -p tcp ${rest}`]);
    assert.deepEqual(lines(markDrop({ port: 8443 }), 'ipv6'), [`syn: -p tcp ${rest}`]);
  });

  it('of UDP keeps what connection tracking knows, and is closed to broadcast and multicast too', () => {
    const rule = markDrop({ protocol: 'udp', port: '8000-8010' });
    const rest = `-m conntrack ! --ctstate ESTABLISHED,DNAT --ctdir ORIGINAL ${MARK}`;
    assert.deepEqual(lines(rule), [`new: -p udp --dport 8000:8010 -m addrtype ! --dst-type UNICAST ${rest}`]);
    assert.deepEqual(lines(rule, 'ipv6'), [
      `new: -p udp --dport 8000:8010 ${LOCAL} ${rest}`,
      `new: -p udp -d ff00::/ff00:: --dport 8000:8010 ${rest}`,
    ]);
  });

  it('cuts every connection where it is told to', () => {
    const rest = `-m conntrack ! --ctstate DNAT --ctdir ORIGINAL ${MARK}`;
    for (const [protocol, where] of [
      ['tcp', LOCAL],
      ['udp', '-m addrtype ! --dst-type UNICAST'],
    ] as const) {
      const rule = markDrop({ protocol, port: 8443, established: 'drop' });
      assert.deepEqual(lines(rule), [`${protocol}: -p ${protocol} --dport 8443 ${where} ${rest}`]);
    }
  });

  it('stays open to the host itself where it is told to', () => {
    const [line] = lines(markDrop({ port: 8443, direct: 'local' }));
    assert.match(line ?? '', /^syn: -p tcp ! -i lo --syn /);
  });

  it('that rejects has a rule of its own, in front of the one that drops', () => {
    for (const [protocol, how] of [
      ['tcp', 'tcp-reset'],
      ['udp', 'port-unreachable'],
    ] as const) {
      const [, rejecting] = placed({ rule: markDrop({ protocol, port: 8443, deny: 'reject' }) });
      assert.ok(rejecting !== undefined);
      assert.deepEqual([rejecting.chain, rejecting.position], ['in', 'first']);
      const test = `-p ${protocol} --dport 8443 ${MARKED}`;
      assert.equal(iptablesText(rejecting.rule), `${test} -j REJECT --reject-with ${how}`);
    }
  });
});

describe('The rule that drops what is marked', () => {
  it('is shared and comes last', () => {
    const { chain, position, rule } = dropPlacement('ipv6', { value: 0x4, mask: 0xc });
    assert.deepEqual([chain, position, iptablesText(rule)], ['in', 'last', '-m mark --mark 0x4/0xc -j DROP']);
  });

  it('is needed by closed ports that drop, in their families', () => {
    const needs = (rule: Rule) => (['ipv4', 'ipv6'] as const).map((family) => needsDrop({ rule }, family));
    assert.deepEqual(needs(markDrop({ port: 1 })), [true, true]);
    assert.deepEqual(needs(markDrop({ port: 1, family: 'ipv6' })), [false, true]);
    assert.deepEqual(needs(markDrop({ port: 1, deny: 'reject' })), [false, false]);
    assert.deepEqual(needs(redirect({ port: 1, targetPort: 2 })), [false, false]);
  });
});

describe('Every rule of an entry', () => {
  it('carries the whole entry as its comment', () => {
    const entry = { name: 'web', rule: markDrop({ port: 8443, deny: 'reject' as const }) };
    const comments = placed(entry).map(({ rule }) => commentOf(rule));
    assert.deepEqual(comments, new Array(4).fill(`portshift ${entryKey(entry)}`));
  });

  it('marks with the bits that were chosen', () => {
    const [marking, rejecting] = placed({ rule: markDrop({ port: 1, deny: 'reject' }) }, { value: 0x4, mask: 0xc });
    assert.match(marking === undefined ? '' : iptablesText(marking.rule), /-j MARK --set-xmark 0x4\/0xc$/);
    assert.match(rejecting === undefined ? '' : iptablesText(rejecting.rule), /-m mark --mark 0x4\/0xc /);
  });

  it('of IPv4 comes before those of IPv6, and the deciding one before its others', () => {
    const rules = placed({ rule: markDrop({ port: 1, deny: 'reject' }) });
    assert.deepEqual(
      rules.map(({ family, chain }) => `${family} ${chain}`),
      ['ipv4 syn', 'ipv4 in', 'ipv6 syn', 'ipv6 in'],
    );
  });
});
