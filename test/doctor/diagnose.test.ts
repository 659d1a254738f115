import assert from 'node:assert/strict';
import { diagnose } from '../../lib/doctor/diagnose';
import type { Facts } from '../../lib/doctor/facts';
import type { Finding } from '../../lib/doctor/finding';
import type { Listener } from '../../lib/model/network';
import { ReadRule } from '../../lib/model/read-rule';
import { FirewallError } from '../../lib/util/errors';
import { HEALTHY, quiet } from './facts';

function troubles(facts: Partial<Facts>): Finding[] {
  return diagnose({ ...HEALTHY, ...facts }).filter(({ level }) => level !== 'fine');
}

const NO_COUNTERS = { packets: 0, bytes: 0 };

describe('diagnose', () => {
  it('has nothing to complain of on a healthy host', () => {
    assert.deepEqual(troubles({}), []);
    const said = diagnose(HEALTHY).map(({ text }) => text);
    assert.deepEqual(said, [
      'Linux 6.1.0',
      'nft can be used',
      'iptc can be used',
      'nft is chosen: nf_tables is in use here',
    ]);
  });

  it('says why a backend cannot be used, and that it is a problem when none can', () => {
    const error = new FirewallError('ERR_BACKEND_UNAVAILABLE', 'nft.node cannot be loaded; apt-get install libmnl0');
    const [one, ...more] = troubles({ backends: { iptc: undefined, nft: error } });
    assert.deepEqual(more, []);
    assert.equal(one?.level, 'note');
    assert.match(one?.text ?? '', /apt-get install libmnl0/);
    const none = troubles({ backends: { iptc: error, nft: error }, chosen: undefined });
    assert.deepEqual(
      none.map(({ level }) => level),
      ['problem', 'problem'],
    );
  });

  it('says what it could not look at', () => {
    const [finding] = troubles({ unseen: ['what is published: the lock is held'] });
    assert.deepEqual(finding, {
      level: 'warning',
      topic: 'unseen',
      text: 'not looked at: what is published: the lock is held',
    });
  });

  it('hands on what others do, with the published port and the rule', () => {
    const rule = { backend: 'nft', family: 'inet', table: 't', chain: 'i', handle: 3 } as const;
    const foreign = [{ level: 'problem', code: 'target-blocked', text: 'dropped', name: 'web', rule }] as const;
    assert.deepEqual(troubles({ foreign }), [{ topic: 'foreign', ...foreign[0] }]);
  });

  it('points out that both kinds of tables hold foreign rules', () => {
    const place = { family: 'ipv4', table: 'filter', chain: 'INPUT' } as const;
    const rule = ReadRule.of(place, { matches: [], target: { target: 'ACCEPT' } }, NO_COUNTERS);
    const own = ReadRule.of(
      { ...place, chain: 'portshift.in' },
      { matches: [], target: { target: 'DROP' } },
      NO_COUNTERS,
    );
    const chain = { item: 'chain', chain: 'c', handle: 1, dormant: false } as const;
    const nft = {
      generation: 1,
      chains: [
        { ...chain, family: 'inet', table: 'firewalld' } as const,
        { ...chain, family: 'inet', table: 'portshift.blue' } as const,
      ],
      rules: [],
      sets: [],
    };
    const around = { ...HEALTHY.surroundings, nft };
    const [finding] = troubles({ surroundings: { ...around, legacy: { chains: [], rules: [rule] } } });
    assert.equal(finding?.topic, 'coexistence');
    assert.match(finding?.text ?? '', /nf_tables \(inet firewalld\)/);
    assert.deepEqual(troubles({ surroundings: { ...around, legacy: { chains: [], rules: [own] } } }), []);
  });

  it('finds servers that nobody outside can reach', () => {
    const at = (address: string, protocol: Listener['protocol'] = 'tcp') =>
      troubles({ surroundings: quiet([{ protocol, address, port: 8443 }]) });
    assert.equal(at('0.0.0.0').length, 0);
    assert.equal(at('127.0.0.1')[0]?.level, 'problem');
    assert.equal(at('::1')[0]?.level, 'problem');
    assert.equal(at('192.0.2.7')[0]?.level, 'note');
    assert.match(troubles({ surroundings: quiet([]) })[0]?.text ?? '', /nothing listens on tcp port 8443/);
    assert.equal(at('::', 'udp')[0]?.level, 'warning');
    const unread = new FirewallError('ERR_UNSUPPORTED', 'no sock_diag');
    assert.deepEqual(troubles({ surroundings: { ...HEALTHY.surroundings, network: unread } }), []);
  });
});
