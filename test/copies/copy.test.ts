import assert from 'node:assert/strict';
import { type Copy, copiesOf, describeCopy, placeOf, remedyOf, rulesOfTexts } from '../../lib/copies/copy';

const COPY: Copy = {
  backend: 'iptables-nft',
  families: ['ipv4', 'ipv6'],
  tables: ['ip nat', 'ip mangle', 'ip6 mangle', 'ip6 nat'],
  chains: ['portshift.pre', 'portshift.syn'],
  rules: rulesOfTexts([
    'markDrop tcp 8443 name=web',
    'loopback tcp 8445>8443 name=web',
    'redirect tcp 8445>8443 name=web',
    'redirect udp 8000-8010>5353 name=dns',
    'redirect tcp 8445>8443 name=web',
  ]),
  stays: [],
};

const served = (...[ports]: Parameters<typeof copiesOf> extends [unknown, infer P] ? [P] : never) =>
  copiesOf([COPY], ports).map(({ rule }) => rule.text);

describe('Copies', () => {
  it('are found by the ports that they redirect and close', () => {
    assert.deepEqual(served({ protocol: 'tcp', port: 8445 }), [
      'loopback tcp 8445>8443 name=web',
      'redirect tcp 8445>8443 name=web',
    ]);
    assert.deepEqual(served({ protocol: 'tcp', port: 1, targetPort: 8443 }), ['markDrop tcp 8443 name=web']);
    assert.deepEqual(served({ protocol: 'udp', port: '8010-8020' }), ['redirect udp 8000-8010>5353 name=dns']);
    assert.deepEqual(served({ protocol: 'udp', port: 8445, targetPort: 8443 }), []);
  });

  it('are told with place, ports and the command that removes them', () => {
    assert.equal(
      describeCopy(COPY, 'portshift', 'iptc'),
      'the tables of iptables-nft (ip and ip6: mangle, nat) hold rules of owner portshift: ' +
        'tcp 8445 -> 8443 (web), udp 8000-8010 -> 5353 (dns), which the kernel obeys beside those in iptc',
    );
    assert.equal(
      placeOf({ ...COPY, tables: ['ip nat', 'ip6 mangle'] }),
      'the tables of iptables-nft (ip: nat; ip6: mangle)',
    );
    assert.equal(remedyOf(COPY, 'portshift', 'iptc'), 'portshift clear --copies');
    assert.equal(
      remedyOf({ ...COPY, backend: 'iptc' }, 'blue', 'nft'),
      'portshift clear --copies --owner blue --backend nft',
    );
  });

  it('with many ports are told by the first of them', () => {
    const texts = [1, 2, 3, 4, 5, 6, 7].map((port) => `redirect tcp ${port}>8443`);
    assert.match(
      describeCopy({ ...COPY, rules: rulesOfTexts(texts) }, 'portshift', 'iptc'),
      /: tcp 1 -> .* and 2 more, /,
    );
  });
});
