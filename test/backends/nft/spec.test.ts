import assert from 'node:assert/strict';
import { BASE_SPECS, parseSpec, specName } from '../../../lib/backends/nft/spec';
import { allSpecs } from '../support/nft-specs';

describe('What a map or set of nft is for', () => {
  it('is all in its name', () => {
    const names = new Set<string>();
    for (const spec of allSpecs()) {
      for (const layer of [1, 2, 13]) {
        const name = specName({ ...spec, layer });
        names.add(name);
        assert.deepEqual(parseSpec(name), { ...spec, layer });
        assert.match(name, /^(tcp|udp)_[a-z0-9]+(_[a-z0-9]+)*$/);
      }
    }
    assert.equal(names.size, 3 * allSpecs().length);
  });

  it('has names that people can read', () => {
    assert.deepEqual(BASE_SPECS.map(specName), ['tcp_ports', 'tcp_closed', 'udp_ports', 'udp_closed']);
    assert.equal(
      specName({
        kind: 'map',
        protocol: 'udp',
        scope: 'outside',
        own: false,
        interface: true,
        family: 'ipv6',
        address: true,
        via: true,
        ranges: true,
        layer: 2,
      }),
      'udp_outside_if_v6_addr_via_ranges_2',
    );
  });

  it('is nothing in a name that portshift does not give', () => {
    for (const name of [
      '',
      'ports',
      'sctp_ports',
      'tcp',
      'tcp_open',
      'tcp_ports_',
      'tcp_ports_1',
      'tcp_ports_02',
      'tcp_ports_x',
      'tcp_ports_2_ranges',
      'tcp_ports_ranges_v4',
      'tcp_ports_v4_v6',
      'tcp_closed_addr',
      'tcp_rejected_rule',
      'TCP_ports',
      '__map0',
    ]) {
      assert.equal(parseSpec(name), undefined, name);
    }
  });
});
