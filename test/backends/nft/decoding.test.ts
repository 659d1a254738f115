import assert from 'node:assert/strict';
import { decodeElements, decodeEntry, encodeElement, type PortElement } from '../../../lib/backends/nft/decoding';
import { lower } from '../../../lib/backends/nft/lowering';
import type { NftElement } from '../../../lib/backends/nft/operation';
import { type NftSpec, parseSpec } from '../../../lib/backends/nft/spec';
import { entryKey } from '../../../lib/model/entry';

function spec(name: string): NftSpec {
  const found = parseSpec(name);
  assert.ok(found !== undefined, name);
  return found;
}

function element(fields: Partial<PortElement>): PortElement {
  return { prefix: '', first: 8445, last: 8445, data: '20fb', comment: '', ...fields };
}

function decoded(name: string, elements: readonly NftElement[]): { found: string[]; rest: readonly NftElement[] } {
  const rest: NftElement[] = [];
  const found = [...decodeElements(spec(name), elements, rest)].map(({ first, last }) => `${first}-${last}`);
  return { found, rest };
}

describe('Elements of nft', () => {
  for (const [name, one, elements] of [
    ['tcp_ports', element({ comment: 'name=web' }), [{ key: '20fd', data: '20fb', comment: 'name=web' }]],
    ['tcp_closed', element({ data: '' }), [{ key: '20fd' }]],
    [
      'tcp_ports_ranges',
      element({ first: 8000, last: 8010 }),
      [
        { key: '1f40', data: '20fb' },
        { key: '1f4b', ends: true },
      ],
    ],
    ['tcp_ports_ranges', element({ first: 8000, last: 65535 }), [{ key: '1f40', data: '20fb', openEnded: true }]],
    ['tcp_ports_v4_addr', element({ prefix: 'c0000207' }), [{ key: 'c000020720fd0000', data: '20fb' }]],
    [
      'tcp_ports_v4_addr_ranges',
      element({ prefix: 'c0000207', first: 8000, last: 65535 }),
      [{ key: 'c00002071f400000', keyEnd: 'c0000207ffff0000', data: '20fb' }],
    ],
    [
      'tcp_outside_if',
      element({ prefix: '65746830000000000000000000000000' }),
      [{ key: '6574683000000000000000000000000020fd0000', data: '20fb' }],
    ],
  ] as const) {
    it(`of ${name} for ${one.first}-${one.last} are ${elements.length}, and are read again`, () => {
      assert.deepEqual(encodeElement(spec(name), one, one), elements);
      const rest: NftElement[] = [];
      const [found] = [...decodeElements(spec(name), elements, rest)];
      assert.deepEqual({ ...found, element: undefined }, { ...one, element: undefined });
      assert.deepEqual(rest, []);
    });
  }

  it('that are ranges come in any order', () => {
    const touching = [
      { key: '000b', ends: true },
      { key: '0006', ends: true },
      { key: '0006', data: '0001' },
      { key: '0001', data: '0001' },
      { key: '0000', ends: true },
    ];
    assert.deepEqual(decoded('tcp_ports_ranges', touching), { found: ['1-5', '6-10'], rest: [] });
    assert.deepEqual(decoded('tcp_ports_ranges', touching.toReversed()), { found: ['1-5', '6-10'], rest: [] });
  });

  it('that make no range are left over', () => {
    const one = { key: '0001', data: '0001' };
    const other = { key: '0005', data: '0001' };
    const end = { key: '0009', ends: true };
    assert.deepEqual(decoded('tcp_ports_ranges', [one, other, end]), { found: ['5-8'], rest: [one] });
    assert.deepEqual(decoded('tcp_ports_ranges', [end, { ...end, key: '000a' }]), {
      found: [],
      rest: [end, { ...end, key: '000a' }],
    });
    assert.deepEqual(decoded('tcp_ports_ranges', [one]), { found: ['1-65535'], rest: [] });
  });
});

describe('The entry of an element', () => {
  for (const [name, one, key] of [
    ['tcp_ports', { comment: 'name=web' }, 'redirect tcp 8445>8443 name=web'],
    ['tcp_ports', { comment: 'name=web opt=local,reject,cut' }, 'redirect tcp 8445>8443 name=web opt=local,reject,cut'],
    ['tcp_outside', { comment: 'name=web opt=nolo' }, 'redirect tcp 8445>8443 name=web opt=nolo'],
    ['udp_outside_ranges', { first: 1, last: 5 }, 'redirect udp 1-5>8443'],
    ['tcp_outside_v6', {}, 'redirect tcp 8445>8443 opt=v6'],
    ['tcp_outside_v4_addr', { prefix: 'c0000207' }, 'redirect tcp 8445>8443 at=192.0.2.7'],
    [
      'tcp_outside_if_v6_addr_via',
      {
        prefix: '6574683000000000000000000000000020010db8000000000000000000000007',
        data: '20010db800000000000000000000000820fb0000',
        comment: 'name=web',
      },
      'redirect tcp 8445>8443 at=2001:db8::7 in=eth0 via=2001:db8::8 name=web',
    ],
    ['tcp_inside_rule', {}, 'loopback tcp 8445>8443'],
    ['tcp_inside_rule_v4_addr', { prefix: 'c0000207' }, 'loopback tcp 8445>8443 at=192.0.2.7'],
    [
      'tcp_inside_rule_v4_addr',
      { prefix: 'c0000207', comment: 'opt=v4' },
      'loopback tcp 8445>8443 at=192.0.2.7 opt=v4',
    ],
    ['tcp_loopback_rule', { comment: 'at=127.0.0.5' }, 'loopback tcp 8445>8443 at=127.0.0.5'],
    ['tcp_loopback_rule_v6', { comment: 'at=192.0.2.7' }, 'loopback tcp 8445>8443 at=192.0.2.7 opt=v6'],
    ['tcp_closed_rule', { data: '' }, 'markDrop tcp 8445'],
    [
      'udp_closed_rule_local_reject_cut_v6_ranges',
      { data: '', first: 1, last: 2 },
      'markDrop udp 1-2 opt=local,reject,cut,v6',
    ],
  ] as const) {
    it(`of ${name} is ${key}`, () => {
      const entry = decodeEntry(spec(name), element(one));
      assert.ok(entry !== undefined);
      assert.equal(entryKey(entry), key);
      const home = lower(entry)?.[0];
      assert.deepEqual(
        { prefix: home?.prefix, first: home?.first, last: home?.last, data: home?.data, comment: home?.comment },
        element(one),
      );
      assert.deepEqual(home?.spec, spec(name));
      assert.equal(home?.home, true);
    });
  }

  it('is none where the comment or the data make no sense', () => {
    for (const comment of [
      'name=',
      'name=80',
      'name=a b',
      'name=web opt=reject,local',
      'name=web opt=',
      'name=web x',
    ]) {
      assert.equal(decodeEntry(spec('tcp_ports'), element({ comment })), undefined, comment);
    }
    assert.equal(decodeEntry(spec('tcp_outside'), element({ data: '0000' })), undefined);
    assert.equal(decodeEntry(spec('tcp_outside'), element({ data: '20fd' })), undefined, 'to itself');
    assert.equal(decodeEntry(spec('tcp_outside_v4_addr'), element({ prefix: 'e0000001' })), undefined, 'multicast');
  });
});
