import assert from 'node:assert/strict';
import { type Entry, entryKey, parseEntry } from '../../lib/model/entry';
import { loopback } from '../../lib/model/loopback';
import { markDrop } from '../../lib/model/mark-drop';
import { checkPublication, entriesOf } from '../../lib/model/publication';
import { redirect } from '../../lib/model/redirect';
import type { Rule } from '../../lib/model/rule';

const WORDS: readonly (readonly [string, Rule])[] = [
  ['redirect tcp 8445>8443', redirect({ port: 8445, targetPort: 8443 })],
  ['redirect udp 1-65534>65535', redirect({ protocol: 'udp', port: '1-65534', targetPort: 65535 })],
  ['redirect tcp 1>2 at=192.0.2.7', redirect({ port: 1, targetPort: 2, destination: '192.0.2.7', family: 'ipv4' })],
  ['redirect tcp 1>2 in=e=0', redirect({ port: 1, targetPort: 2, interface: 'e=0' })],
  ['redirect tcp 1>1 via=2001:db8::7', redirect({ port: 1, targetPort: 1, targetAddress: '2001:db8::7' })],
  ['redirect tcp 1>2 opt=v6', redirect({ port: 1, targetPort: 2, family: 'ipv6' })],
  ['markDrop tcp 8443', markDrop({ port: 8443 })],
  [
    'markDrop udp 1-2 opt=local,reject,cut,v4',
    markDrop({
      protocol: 'udp',
      port: '1-2',
      direct: 'local',
      deny: 'reject',
      established: 'drop',
      family: 'ipv4',
    }),
  ],
  ['loopback tcp 8445>8443', loopback({ port: 8445, targetPort: 8443 })],
  [
    'loopback tcp 1>2 at=192.0.2.7 opt=v6',
    loopback({ port: 1, targetPort: 2, destination: '192.0.2.7', family: 'ipv6' }),
  ],
  [
    'loopback tcp 1>2 at=::1 via=2001:db8::7',
    loopback({
      port: 1,
      targetPort: 2,
      destination: '::1',
      targetAddress: '2001:db8::7',
    }),
  ],
];

describe('An entry as text', () => {
  it('says what differs from the default, in a fixed order', () => {
    for (const [text, rule] of WORDS) assert.equal(entryKey({ rule }), text);
  });

  it('is read back as the same entry', () => {
    for (const [text, rule] of WORDS) {
      assert.deepEqual(parseEntry(text), { rule });
      if (rule.kind !== 'redirect')
        assert.deepEqual(parseEntry(entryKey({ rule, name: 'web' })), { rule, name: 'web' });
    }
  });

  it('is the same for equal rules, however they were written', () => {
    const one = redirect({ port: '80-80', targetPort: 1, destination: '2001:DB8::0:7' });
    const other = redirect({ targetPort: 1, protocol: 'tcp', family: 'ipv6', destination: '2001:db8::7', port: 80 });
    assert.equal(entryKey({ rule: one }), entryKey({ rule: other }));
  });

  it("fits the kernel's comment with its prefix, at its longest", () => {
    const address = '2001:1db8:2db8:3db8:4db8:5db8:6db8:7db8';
    const longest = checkPublication(
      '',
      {
        name: 'x'.repeat(63),
        port: '60000-60010',
        targetPort: 65535,
        destination: address,
        interface: 'x'.repeat(15),
        targetAddress: address,
        direct: 'closed',
        deny: 'reject',
        established: 'drop',
        loopback: false,
      },
      ['ipv6'],
    );
    for (const direct of ['closed', 'local', 'open'] as const) {
      for (const entry of entriesOf({ ...longest, direct })) {
        assert.ok(Buffer.byteLength(entryKey(entry)) <= 245, entryKey(entry));
        assert.deepEqual(parseEntry(entryKey(entry)), entry);
      }
    }
    const lengths = entriesOf({ ...longest, direct: 'local' }).map((entry) => entryKey(entry).length);
    assert.ok(Math.max(...lengths) > 230, 'this is no longer the longest');
  });
});

describe('A text that no entry has', () => {
  it('is none, whatever it looks like', () => {
    const texts = [
      '',
      'redirect',
      'redirect tcp',
      'redirect sctp 1>2',
      'redirect tcp 1',
      'redirect tcp 1>',
      'redirect tcp >2',
      'redirect tcp 1>2>3',
      'redirect tcp 1>2-3',
      'redirect tcp 01>2',
      'redirect tcp 1>02',
      'redirect tcp 1>0x2',
      'redirect tcp 2-1>3',
      'redirect tcp 1-1>3',
      'redirect tcp 1>1',
      'redirect tcp 1>2 ',
      'redirect  tcp 1>2',
      'redirect tcp 1>2 at=host',
      'redirect tcp 1>2 at=2001:DB8::7',
      'redirect tcp 1>2 in=eth+',
      'redirect tcp 1>2 in=a at=192.0.2.7',
      'redirect tcp 1>2 in=a in=b',
      'redirect tcp 1>2 at=192.0.2.7 opt=v6',
      'redirect tcp 1>2 at=192.0.2.7 opt=v4',
      'redirect tcp 1>2 opt=reject',
      'redirect tcp 1>2 opt=v4,v6',
      'redirect tcp 1>2 opt=',
      'redirect tcp 1>2 extra',
      'redirect tcp 1>2 extra=1',
      'redirect tcp 1>2 name=web opt=reject,local',
      'redirect tcp 1>2 name=',
      'markDrop tcp 1 opt=open',
      'markDrop tcp 1>2',
      'markDrop tcp 1 at=192.0.2.7',
      'markDrop tcp 1 opt=nolo',
      'loopback tcp 1>2 in=eth0',
      'loopback tcp 1>2 opt=nolo',
      'drop',
      'drop tcp 1',
    ];
    for (const text of texts) assert.equal(parseEntry(text), undefined, text);
  });

  it('is none that was altered in one character', () => {
    const text = 'redirect tcp 8445>8443 at=192.0.2.7 in=eth0 name=web opt=local,reject';
    let others = 0;
    for (let at = 0; at < text.length; at += 1) {
      for (const character of ['', ' ', '=', ',', 'z', '\0', '\n']) {
        const altered = text.slice(0, at) + character + text.slice(at + 1);
        const entry = parseEntry(altered);
        if (entry === undefined) others += 1;
        else assert.equal(entryKey(entry), altered);
      }
    }
    assert.ok(others > 300, `${others}`);
  });
});

describe('Entries', () => {
  it('have different texts where any field differs', () => {
    const one: Entry = { rule: redirect({ port: 1, targetPort: 3 }) };
    const web = checkPublication('', { name: 'web', port: 1, targetPort: 3 }, ['ipv4', 'ipv6']);
    const others: Entry[] = [
      { ...one, name: 'web', publication: web },
      { ...one, name: 'web', publication: { ...web, direct: 'local' } },
      { ...one, name: 'web', publication: { ...web, loopback: false } },
      { rule: redirect({ protocol: 'udp', port: 1, targetPort: 3 }) },
      { rule: redirect({ port: 2, targetPort: 3 }) },
      { rule: redirect({ port: '1-2', targetPort: 3 }) },
      { rule: redirect({ port: 1, targetPort: 4 }) },
      { rule: redirect({ port: 1, targetPort: 3, destination: '192.0.2.7' }) },
      { rule: redirect({ port: 1, targetPort: 3, targetAddress: '192.0.2.7' }) },
      { rule: redirect({ port: 1, targetPort: 3, interface: 'eth0' }) },
      { rule: redirect({ port: 1, targetPort: 3, family: 'ipv4' }) },
      { rule: loopback({ port: 1, targetPort: 3 }) },
      { rule: markDrop({ port: 3 }) },
      { rule: markDrop({ port: 3, deny: 'reject' }) },
      { rule: markDrop({ port: 3, established: 'drop' }) },
      { rule: markDrop({ port: 3, direct: 'local' }) },
    ];
    assert.equal(new Set([one, ...others].map(entryKey)).size, others.length + 1);
  });
});
