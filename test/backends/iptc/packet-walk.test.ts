import assert from 'node:assert/strict';
import { checkPublication, entriesOf } from '../../../lib/model/publication';
import { fateOf, type Probe } from '../support/packet-walk';
import { Simulation } from '../support/simulation';

const OUTSIDE: Probe = {
  family: 'ipv4',
  protocol: 'tcp',
  from: 'eth0',
  address: '192.0.2.7',
  port: 80,
  connection: 'new',
};
const HERE: Probe = { ...OUTSIDE, from: 'lo', address: '127.0.0.1' };

async function published(options: object): Promise<(probe: Probe) => string> {
  const simulation = new Simulation();
  const publication = checkPublication('', { port: 80, targetPort: 8443, ...options }, ['ipv4', 'ipv6']);
  await simulation.become(entriesOf(publication));
  return (probe) => fateOf(simulation.kernel, probe);
}

describe('Packets to a published port', () => {
  it('reach the target by the public port and by no other way', async () => {
    const fate = await published({});
    for (const probe of [
      OUTSIDE,
      HERE,
      { ...HERE, address: '192.0.2.8' },
      { ...HERE, family: 'ipv6', address: '::1' },
    ] as const) {
      assert.equal(fate(probe), 'target :8443');
      assert.equal(fate({ ...probe, port: 8443 }), 'dropped');
      assert.equal(fate({ ...probe, port: 9000 }), 'direct');
      assert.equal(fate({ ...probe, protocol: 'udp' }), 'direct');
    }
  });

  it('that are only forwarded go on', async () => {
    const fate = await published({});
    assert.equal(fate({ ...OUTSIDE, address: '198.51.100.9' }), 'direct');
    assert.equal(fate({ ...OUTSIDE, address: '198.51.100.9', port: 8443 }), 'direct');
  });

  it('of connections that exist go on, whether they are known or not', async () => {
    const fate = await published({});
    for (const connection of ['known', 'unknown'] as const) {
      assert.equal(fate({ ...OUTSIDE, connection }), 'direct');
      assert.equal(fate({ ...OUTSIDE, connection, port: 8443 }), 'direct');
    }
    const cut = await published({ established: 'drop' });
    assert.equal(cut({ ...OUTSIDE, connection: 'known', port: 8443 }), 'dropped');
    assert.equal(cut({ ...OUTSIDE, connection: 'known' }), 'direct');
  });

  it('that are rejected are denied all the same where others accept everything in filter', async () => {
    const simulation = new Simulation();
    const publication = checkPublication('', { port: 80, targetPort: 8443, deny: 'reject' }, ['ipv4', 'ipv6']);
    await simulation.become(entriesOf(publication));
    const fate = () => fateOf(simulation.kernel, { ...OUTSIDE, port: 8443 });
    assert.equal(fate(), 'rejected');
    const { filter, security } = {
      filter: simulation.kernel.chains({ family: 'ipv4', table: 'filter' }).get('INPUT'),
      security: simulation.kernel.chains({ family: 'ipv4', table: 'security' }).get('INPUT'),
    };
    filter?.unshift({ rule: { matches: [], target: { target: 'ACCEPT' } }, counters: { packets: 0, bytes: 0 } });
    assert.equal(fate(), 'dropped');
    security?.splice(0);
    assert.equal(fate(), 'direct');
  });

  it('do as its options say', async () => {
    assert.equal((await published({ deny: 'reject' }))({ ...OUTSIDE, port: 8443 }), 'rejected');
    assert.equal((await published({ direct: 'open' }))({ ...OUTSIDE, port: 8443 }), 'direct');
    const local = await published({ direct: 'local' });
    assert.equal(local({ ...OUTSIDE, port: 8443 }), 'dropped');
    assert.equal(local({ ...HERE, port: 8443 }), 'direct');
    assert.equal((await published({ loopback: false }))(HERE), 'direct');
    const bound = await published({ destination: '192.0.2.7', interface: 'eth0', targetAddress: '192.0.2.8' });
    assert.equal(bound(OUTSIDE), 'target 192.0.2.8:8443');
    assert.equal(bound(HERE), 'target 192.0.2.8:8443');
    assert.equal(bound({ ...HERE, address: '192.0.2.8' }), 'direct');
    assert.equal(bound({ ...OUTSIDE, address: '192.0.2.8' }), 'direct');
    assert.equal(bound({ ...OUTSIDE, from: 'eth1' }), 'direct');
  });
});
