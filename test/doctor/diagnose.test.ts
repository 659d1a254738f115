import assert from 'node:assert/strict';
import { diagnose } from '../../lib/doctor/diagnose';
import type { Facts } from '../../lib/doctor/facts';
import type { Finding } from '../../lib/doctor/finding';
import { FirewallError } from '../../lib/errors';
import { HEALTHY, WEB } from './facts';

function troubles(facts: Partial<Facts>): Finding[] {
  return diagnose({ ...HEALTHY, ...facts }).filter(({ level }) => level !== 'fine');
}

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

  it('points out that both kinds of tables hold foreign rules', () => {
    const [finding] = troubles({
      legacy: {
        policies: [],
        rules: [
          { family: 'ipv4', table: 'filter', chain: 'INPUT', rule: { matches: [], target: { target: 'ACCEPT' } } },
        ],
      },
      nft: { tables: [{ family: 'inet', name: 'firewalld' }], chains: [], rules: [] },
    });
    assert.equal(finding?.topic, 'coexistence');
    assert.match(finding?.text ?? '', /inet firewalld/);
  });

  it('finds servers that nobody outside can reach', () => {
    const at = (address: string) => troubles({ listeners: [{ protocol: 'tcp', address, port: 8443 }] });
    assert.equal(at('0.0.0.0').length, 0);
    assert.equal(at('127.0.0.1')[0]?.level, 'problem');
    assert.equal(at('::1')[0]?.level, 'problem');
    assert.equal(at('192.0.2.7')[0]?.level, 'note');
    assert.match(troubles({ listeners: [] })[0]?.text ?? '', /nothing listens on tcp port 8443/);
    assert.equal(troubles({ listeners: [{ protocol: 'udp', address: '::', port: 8443 }] })[0]?.level, 'warning');
  });

  it('finds a legacy INPUT chain that denies by default, unless it accepts the target port', () => {
    const policies = [{ family: 'ipv6', table: 'filter', chain: 'INPUT', policy: 'DROP' }] as const;
    const accept = (port: number) => ({
      family: 'ipv6' as const,
      table: 'filter' as const,
      chain: 'INPUT',
      rule: {
        protocol: 'tcp' as const,
        matches: [{ match: 'tcp' as const, destinationPorts: [port, port] as const }],
        target: { target: 'ACCEPT' as const },
      },
    });
    const [finding] = troubles({ legacy: { policies, rules: [accept(Number(WEB.port))] } });
    assert.equal(finding?.topic, 'filter');
    assert.match(finding?.text ?? '', /ip6tables INPUT .* tcp port 8443/);
    assert.deepEqual(troubles({ legacy: { policies, rules: [accept(WEB.targetPort)] } }), []);
  });
});
