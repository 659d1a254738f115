import assert from 'node:assert/strict';
import { placementsOf, ruleOf } from '../../../lib/backends/iptc/placement';
import { type Entry, entryKey } from '../../../lib/model/entry';
import { loopback } from '../../../lib/model/loopback';
import type { Mark } from '../../../lib/model/mark';
import { type MarkDropOptions, markDrop } from '../../../lib/model/mark-drop';
import { redirect } from '../../../lib/model/redirect';
import type { Rule } from '../../../lib/model/rule';
import { commentOf, iptablesText } from '../support/iptables-text';

/** With the rules as they are for this entry. */
function placed(entry: Entry, mark?: Mark) {
  return placementsOf(entry.rule, mark).map((one) => ({ ...one, rule: ruleOf(one.rule, entry) }));
}

/** The lines of one family, each with its chain in front. */
function lines(rule: Rule, family: 'ipv4' | 'ipv6' = 'ipv4'): string[] {
  return placed({ rule })
    .filter((placement) => placement.family === family)
    .map(({ chain, rule: one }) => `${chain}: ${iptablesText(one)}`);
}

describe('A redirect in the tables', () => {
  it('keeps the address that a client used', () => {
    const rule = redirect({ port: 8445, targetPort: 8443 });
    const expected = ['pre: -p tcp --dport 8445 -j DNAT --to-destination :8443'];
    assert.deepEqual(lines(rule), expected);
    assert.deepEqual(lines(rule, 'ipv6'), expected);
  });

  it('of UDP rewrites the address to one that a server on a wildcard address answers from', () => {
    const rule = redirect({ protocol: 'udp', port: '53-54', targetPort: 5353 });
    assert.deepEqual(lines(rule), ['pre: -p udp --dport 53:54 -j REDIRECT --to-ports 5353']);
  });

  it('to one address is of its family only', () => {
    const rule = redirect({ port: 8445, targetPort: 8443, destination: '192.0.2.7', interface: 'eth0' });
    const line = '-p tcp -d 192.0.2.7 -i eth0 --dport 8445 -j DNAT --to-destination :8443';
    assert.deepEqual(lines(rule), [`pre: ${line}`]);
    assert.deepEqual(lines(rule, 'ipv6'), []);
  });

  it('goes to another address where it is told to', () => {
    const rule = redirect({ port: 8445, targetPort: 8443, targetAddress: '2001:db8::8' });
    const line = '-p tcp --dport 8445 -j DNAT --to-destination [2001:db8::8]:8443';
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
  it('is denied to what opens a connection; the jump to its chain has tested that no redirect led there', () => {
    for (const family of ['ipv4', 'ipv6'] as const) {
      assert.deepEqual(lines(markDrop({ port: 8443 }), family)[0], 'syn: -p tcp --syn --dport 8443 -j DROP');
      const udp = markDrop({ protocol: 'udp', port: '8000-8010' });
      assert.deepEqual(lines(udp, family), ['new: -p udp --dport 8000:8010 -j DROP']);
    }
  });

  it('is denied to every packet where running connections are to end', () => {
    for (const protocol of ['tcp', 'udp'] as const) {
      const rule = markDrop({ protocol, port: 8443, established: 'drop' });
      assert.deepEqual(lines(rule)[0], `${protocol}: -p ${protocol} --dport 8443 -j DROP`);
    }
  });

  it('sends nothing that belongs to no connection, and could only be an answer', () => {
    const answers = (options: MarkDropOptions) => lines(markDrop(options)).filter((line) => line.startsWith('ans: '));
    const synAck = '--tcp-flags SYN,ACK SYN,ACK';
    assert.deepEqual(answers({ port: 1 }), [`ans: -p tcp ${synAck} --sport 1 -j DROP`]);
    assert.deepEqual(answers({ port: 1, deny: 'reject' }), [`ans: -p tcp ${synAck} --sport 1 -j DROP`]);
    assert.deepEqual(answers({ port: 1, direct: 'local' }), [`ans: -p tcp ! -o lo ${synAck} --sport 1 -j DROP`]);
    for (const deny of ['drop', 'reject'] as const) {
      assert.deepEqual(answers({ port: 1, established: 'drop', deny }), [
        'ans: -p tcp --tcp-flags RST,ACK ACK --sport 1 -j DROP',
      ]);
    }
    assert.deepEqual(answers({ port: '1-9', established: 'drop' }), [`ans: -p tcp ${synAck} --sport 1:9 -j DROP`]);
    assert.deepEqual(answers({ protocol: 'udp', port: 1 }), []);
  });

  it('of UDP takes no reply on lo to what it has sent, but where local clients may use it, or have ports among it', () => {
    const replies = (options: MarkDropOptions) => lines(markDrop(options)).filter((line) => line.startsWith('lo: '));
    const udp = { protocol: 'udp', port: 1 } as const;
    for (const deny of ['drop', 'reject'] as const) {
      for (const established of ['keep', 'drop'] as const) {
        assert.deepEqual(replies({ ...udp, deny, established }), ['lo: -p udp --dport 1 -j DROP']);
        assert.deepEqual(replies({ ...udp, deny, established, direct: 'local' }), []);
        assert.deepEqual(replies({ ...udp, deny, established, port: '1-9' }), []);
      }
    }
    assert.deepEqual(replies({ port: 1 }), []);
  });

  it('stays open to the host itself where it is told to', () => {
    const [line] = lines(markDrop({ port: 8443, direct: 'local' }));
    assert.match(line ?? '', /^syn: -p tcp ! -i lo --syn /);
  });

  it('that rejects is answered in filter, and denied behind it', () => {
    const tcp = markDrop({ port: 8443, deny: 'reject' });
    assert.deepEqual(lines(tcp), [
      'in: -p tcp --syn --dport 8443 -j REJECT --reject-with tcp-reset',
      'sec: -p tcp --syn --dport 8443 -j DROP',
      'ans: -p tcp --tcp-flags SYN,ACK SYN,ACK --sport 8443 -j DROP',
    ]);
    const udp = markDrop({ protocol: 'udp', port: 8443, deny: 'reject' });
    const test = '-p udp --dport 8443 -m conntrack ! --ctstate ESTABLISHED';
    assert.deepEqual(lines(udp), [
      `in: ${test} -j REJECT --reject-with port-unreachable`,
      `sec: ${test} -j DROP`,
      'lo: -p udp --dport 8443 -j DROP',
    ]);
  });

  it('is marked where a mark is asked for, by a rule of its own that denies nothing', () => {
    const rule = markDrop({ port: 8443 });
    const placements = placed({ rule }, { value: 0x4, mask: 0xc }).filter(({ family }) => family === 'ipv4');
    const texts = placements.map(({ chain, rule: one }) => `${chain}: ${iptablesText(one)}`);
    assert.deepEqual(texts, [
      'syn: -p tcp --syn --dport 8443 -j DROP',
      'ans: -p tcp --tcp-flags SYN,ACK SYN,ACK --sport 8443 -j DROP',
      'mark: -p tcp --syn --dport 8443 -j MARK --set-xmark 0x4/0xc',
    ]);
    assert.deepEqual(
      placements.map((one) => commentOf(one.rule)),
      ['portshift markDrop tcp 8443', 'portshift answer markDrop tcp 8443', 'portshift mark markDrop tcp 8443'],
    );
  });
});

describe('Every rule of an entry', () => {
  it('carries the whole entry as its comment', () => {
    const entry = { name: 'web', rule: markDrop({ port: 8443, deny: 'reject' as const }) };
    const comments = placed(entry).map(({ rule }) => commentOf(rule));
    const [own, answer] = [`portshift ${entryKey(entry)}`, `portshift answer ${entryKey(entry)}`];
    assert.deepEqual(comments, [own, own, answer, own, own, answer]);
  });

  it('of IPv4 comes before those of IPv6, and the deciding one before its others', () => {
    const rules = placed({ rule: markDrop({ port: 1, deny: 'reject' }) });
    assert.deepEqual(
      rules.map(({ family, chain }) => `${family} ${chain}`),
      ['ipv4 in', 'ipv4 sec', 'ipv4 ans', 'ipv6 in', 'ipv6 sec', 'ipv6 ans'],
    );
  });
});
