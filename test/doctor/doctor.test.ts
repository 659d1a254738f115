import assert from 'node:assert/strict';
import { openFirewall } from '../../lib';
import { diagnose } from '../../lib/doctor/diagnose';
import { gather } from '../../lib/doctor/gather';
import { Namespace } from '../support/namespace';

/** The shape of firewalld's table: default-deny, but what was translated is let in. */
const TRANSLATED_ACCEPTED = `
table inet firewalld {
  chain filter_INPUT {
    type filter hook input priority filter + 10; policy drop;
    ct state { established, related } accept
    ct status dnat accept
    iifname "lo" accept
  }
}`;

const DEFAULT_DENY = `
table inet fw {
  set web { type inet_service; flags interval; elements = { 80, 443, 8440-8450 } }
  chain in {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    iifname "lo" accept
    tcp dport { 22, 80-90 } accept
  }
}`;

/** The shape of ufw's tables: policy DROP, jumps to chains of its own, and no word of translated packets. */
const UFW = `*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:ufw-before-input - [0:0]
:ufw-user-input - [0:0]
-A INPUT -j ufw-before-input
-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-input -j ufw-user-input
-A ufw-user-input -p tcp -m tcp --dport 22 -j ACCEPT
COMMIT
`;

describe('portshift doctor, in a namespace', () => {
  let namespace: Namespace;

  beforeEach(async () => {
    namespace = await Namespace.create();
    await using firewall = await openFirewall({ backend: 'nft', namespace: namespace.path });
    await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
  });

  afterEach(() => namespace.remove());

  const topics = async () => {
    const facts = await gather({ owner: 'portshift', backend: 'auto', namespace: namespace.path });
    assert.ok('chains' in facts.surroundings.nft, 'nf_tables was read');
    return diagnose(facts)
      .filter(({ level, topic }) => level !== 'fine' && topic !== 'server')
      .map(({ level, code }) => `${level} ${code}`);
  };

  it('finds nothing wrong where nothing is', async () => assert.deepEqual(await topics(), []));

  it('finds a policy that drops what is redirected', async () => {
    await namespace.exec('nft', ['-f', '-'], { input: DEFAULT_DENY });
    assert.deepEqual(await topics(), ['problem target-blocked']);
    await namespace.exec('nft', ['insert', 'rule', 'inet', 'fw', 'in', 'tcp', 'dport', '@web', 'accept']);
    assert.deepEqual(await topics(), []);
  });

  it('knows a firewall that lets in what was translated', async () => {
    await namespace.exec('nft', ['-f', '-'], { input: TRANSLATED_ACCEPTED });
    assert.deepEqual(await topics(), []);
  });

  it('finds a legacy firewall that denies by default', async () => {
    await namespace.exec('iptables-legacy-restore', [], { input: UFW });
    assert.deepEqual(await topics(), ['problem target-blocked']);
    const accept = ['-w', '-A', 'ufw-user-input', '-p', 'tcp', '--dport', '8443', '-j', 'ACCEPT'];
    await namespace.exec('iptables-legacy', accept);
    assert.deepEqual(await topics(), []);
  });

  it('sees where servers are bound', async () => {
    const server =
      "require('net').createServer().listen(8443, '127.0.0.1', () => console.log('up')); setTimeout(() => {}, 60000)";
    const child = await namespace.spawn(process.execPath, ['-e', server]);
    try {
      await new Promise((resolve) => child.stdout?.once('data', resolve));
      const { surroundings } = await gather({ owner: 'portshift', backend: 'auto', namespace: namespace.path });
      assert.ok('listeners' in surroundings.network);
      assert.deepEqual(surroundings.network.listeners, [{ protocol: 'tcp', address: '127.0.0.1', port: 8443 }]);
    } finally {
      child.kill();
    }
  });
});
