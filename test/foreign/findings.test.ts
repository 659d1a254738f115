import assert from 'node:assert/strict';
import { foreignFindings, MOST_PUBLISHED } from '../../lib/foreign/findings';
import { HostView } from '../../lib/foreign/host';
import { hostFindings } from '../../lib/foreign/host-findings';
import { joined, type PacketFilter } from '../../lib/foreign/packet-filter';
import type { Publication } from '../../lib/model/entry';
import type { Network } from '../../lib/model/network';
import type { TableMatch, TableRule } from '../../lib/model/table-rule';
import { completed, legacyOf, nftOf, port, rule } from './support/rulesets';

const WEB: Publication = {
  name: 'web',
  protocol: 'tcp',
  port: 8445,
  targetPort: 8443,
  direct: 'closed',
  deny: 'drop',
  established: 'keep',
  loopback: true,
  family: 'ipv4',
};

const OWN: TableMatch = { match: 'comment', comment: 'portshift redirect tcp 8445>8443 name=web' };
const JUMP: TableMatch = { match: 'comment', comment: 'portshift' };
const DIRECT: TableMatch = { match: 'conntrack', notTranslated: true, directionOriginal: true };

/** portshift's own rules for it, with those of others before the jumps, by chain. */
function beside(before: Readonly<Record<string, readonly TableRule[]>>, more: readonly TableRule[] = []): PacketFilter {
  const jump = (chain: string, ...matches: TableMatch[]) => rule({ target: 'jump', chain }, ...matches, JUMP);
  const others = (chain: string) => before[chain] ?? [];
  return legacyOf({
    'raw PREROUTING ACCEPT': others('raw PREROUTING'),
    'nat PREROUTING ACCEPT': [...others('nat PREROUTING'), jump('portshift.pre')],
    'nat OUTPUT ACCEPT': [...others('nat OUTPUT'), jump('portshift.out')],
    'mangle INPUT ACCEPT': [...others('mangle INPUT'), jump('portshift.syn', DIRECT)],
    'filter INPUT ACCEPT': more,
    'nat portshift.pre': [rule({ target: 'DNAT', port: 8443 }, port(8445), OWN)],
    'nat portshift.out': [rule({ target: 'DNAT', port: 8443 }, port(8445), OWN)],
    'mangle portshift.syn': [rule('DROP', port(8443), OWN)],
  });
}

const NETWORK: Network = {
  interfaces: [
    { name: 'lo', index: 1, up: true, loopback: true, kind: '' },
    { name: 'eth0', index: 2, up: true, loopback: false, kind: '' },
    { name: 'eth1', index: 3, up: true, loopback: false, kind: '' },
    { name: 'br0', index: 4, up: true, loopback: false, kind: 'bridge' },
    { name: 'eth2', index: 5, up: true, loopback: false, kind: '', master: 4 },
  ],
  addresses: [
    { interface: 1, address: '127.0.0.1' },
    { interface: 2, address: '192.0.2.1' },
    { interface: 3, address: '198.51.100.1' },
  ],
  listeners: [],
};

function found(filter: PacketFilter, publication = WEB, network: Network | undefined = undefined): string[] {
  const all = completed(foreignFindings({ filter, host: new HostView(network), published: [publication] }));
  return all.map(
    ({ level, code, rule: by }) => `${level} ${code} ${by?.table} ${by?.chain} ${by?.number ?? by?.handle ?? ''}`,
  );
}

function texts(filter: PacketFilter, network?: Network): string {
  const all = completed(foreignFindings({ filter, host: new HostView(network), published: [WEB] }));
  return all.map(({ text }) => text).join('\n');
}

describe('foreignFindings', () => {
  it('are none where there are no others', () => {
    assert.deepEqual(found(beside({})), []);
    assert.deepEqual(found(beside({}), WEB, NETWORK), []);
  });

  it('name what has the public port first', () => {
    const redirect = rule({ target: 'REDIRECT', port: 9999 }, port(8445));
    assert.deepEqual(found(beside({ 'nat PREROUTING': [redirect] })), ['problem port-taken nat PREROUTING 1']);
    assert.deepEqual(found(beside({ 'nat OUTPUT': [redirect] })), ['warning port-taken nat OUTPUT 1']);
    const elsewhere = rule({ target: 'DNAT', address: '192.0.2.9', port: 80 }, port(8445));
    assert.deepEqual(found(beside({ 'nat PREROUTING': [elsewhere] })), ['problem port-taken nat PREROUTING 1']);
    assert.match(
      texts(beside({ 'nat PREROUTING': [elsewhere] })),
      /they go to port 80 of another address, 192\.0\.2\.9/,
    );
    const same = rule({ target: 'REDIRECT', port: 8443 }, port(8445));
    assert.deepEqual(found(beside({ 'nat PREROUTING': [same] })), []);
    const proxy = { target: 'unknown', name: 'TPROXY', revision: 0, data: new Uint8Array(16) } as const;
    assert.deepEqual(found(beside({ 'raw PREROUTING': [rule(proxy, port(8445))] })), [
      'problem port-taken raw PREROUTING 1',
    ]);
  });

  it('name what has some of its clients first', () => {
    const some: TableRule = {
      ...rule({ target: 'REDIRECT', port: 9999 }, port(8445)),
      source: { address: '203.0.113.0', mask: '255.255.255.0' },
    };
    assert.deepEqual(found(beside({ 'nat PREROUTING': [some] })), ['warning port-taken nat PREROUTING 1']);
  });

  it('name what skips the redirect, keeps it from being tracked, or drops it before', () => {
    assert.deepEqual(found(beside({ 'nat PREROUTING': [rule('ACCEPT')] })), ['problem port-skipped nat PREROUTING 1']);
    assert.deepEqual(found(beside({ 'nat PREROUTING': [rule('ACCEPT', port(80))] })), []);
    const notrack = { target: 'unknown', name: 'NOTRACK', revision: 0, data: new Uint8Array(0) } as const;
    assert.deepEqual(found(beside({ 'raw PREROUTING': [rule(notrack, port(8445))] })), [
      'problem port-untracked raw PREROUTING 1',
    ]);
    assert.deepEqual(found(beside({ 'raw PREROUTING': [rule('DROP', port(8445))] })), [
      'problem port-blocked raw PREROUTING 1',
    ]);
  });

  it('tell what was not redirected from what drops it for that', () => {
    const filter = beside({ 'nat PREROUTING': [rule('ACCEPT')] }, [rule('DROP')]);
    assert.match(found(filter).join(), /problem port-skipped nat PREROUTING 1/);
    assert.doesNotMatch(found(filter).join(), /port-blocked/);
  });

  it('name what opens a closed port', () => {
    assert.deepEqual(found(beside({ 'mangle INPUT': [rule('ACCEPT')] })), ['problem target-open mangle INPUT 1']);
    assert.deepEqual(found(beside({ 'mangle INPUT': [rule('ACCEPT')] }), { ...WEB, direct: 'open' }), []);
    const local: TableRule = { ...rule('ACCEPT'), inInterface: { name: 'lo' } };
    assert.deepEqual(found(beside({ 'mangle INPUT': [local] })), ['warning target-open mangle INPUT 1']);
    assert.deepEqual(found(beside({ 'mangle INPUT': [local] }), { ...WEB, direct: 'local' }), []);
    const some: TableRule = { ...rule('ACCEPT'), source: { address: '203.0.113.0', mask: '255.255.255.0' } };
    assert.deepEqual(found(beside({ 'mangle INPUT': [some] })), ['warning target-open mangle INPUT 1']);
  });

  it('take a queue for a rule that may accept, and tell that a program decides', () => {
    const queue = rule({ target: 'unknown', name: 'NFQUEUE', revision: 3, data: new Uint8Array(8) });
    const decided = 'note undecided';
    assert.deepEqual(found(beside({ 'raw PREROUTING': [queue] })), [`${decided} raw PREROUTING 1`]);
    assert.deepEqual(found(beside({ 'raw PREROUTING': [queue] }, [rule('DROP')])), [
      'problem target-blocked filter INPUT 1',
    ]);
    assert.deepEqual(found(beside({ 'mangle INPUT': [queue] })).sort(), [
      `${decided} mangle INPUT 1`,
      'warning target-open mangle INPUT 1',
    ]);
    assert.match(texts(beside({ 'mangle INPUT': [queue] })), /has a program accept packets before portshift's rules/);
    assert.deepEqual(found(beside({ 'nat PREROUTING': [queue] })), ['problem port-skipped nat PREROUTING 1']);
  });

  it('name a zone of connection tracking, but not one of the original direction alone', () => {
    const zone = (flags: number, id: number) =>
      rule({ target: 'unknown', name: 'CT', revision: 2, data: new Uint8Array([flags, 0, id, 0]) }, port(8445));
    assert.deepEqual(found(beside({ 'raw PREROUTING': [zone(0, 3)] })), ['note undecided raw PREROUTING 1']);
    assert.match(texts(beside({ 'raw PREROUTING': [zone(0, 3)] })), /the zone of connection tracking/);
    assert.deepEqual(found(beside({ 'raw PREROUTING': [zone(16, 0)] })), ['note undecided raw PREROUTING 1']);
    assert.deepEqual(found(beside({ 'raw PREROUTING': [zone(4, 3)] })), []);
    assert.deepEqual(found(beside({ 'raw PREROUTING': [zone(0, 0)] })), []);
  });

  it('name what keeps some clients from being tracked', () => {
    const notrack = { target: 'unknown', name: 'NOTRACK', revision: 0, data: new Uint8Array(0) } as const;
    const some: TableRule = { ...rule(notrack), source: { address: '203.0.113.0', mask: '255.255.255.0' } };
    assert.deepEqual(found(beside({ 'raw PREROUTING': [some] })), ['warning port-untracked raw PREROUTING 1']);
  });

  it('take the reverse path of a client for given', () => {
    const reverse = (flags: number): TableMatch => ({
      match: 'unknown',
      name: 'rpfilter',
      revision: 0,
      data: new Uint8Array([flags]),
    });
    const checked = (flags: number) => beside({ 'raw PREROUTING': [rule('RETURN', reverse(flags)), rule('DROP')] });
    assert.deepEqual(found(checked(2)), []);
    assert.deepEqual(found(checked(8)), [
      'problem port-blocked raw PREROUTING 2',
      'warning target-blocked raw PREROUTING 2',
    ]);
    assert.deepEqual(found(beside({ 'raw PREROUTING': [rule('DROP', reverse(8))] })), []);
  });

  it('name what drops the redirected connection', () => {
    assert.deepEqual(found(beside({}, [rule('DROP', port(22)), rule('DROP')])), [
      'problem target-blocked filter INPUT 2',
    ]);
    const accepted = [rule('ACCEPT', port(8445)), rule('DROP')];
    assert.match(texts(beside({}, accepted)), /rule 1 of .* \(--dport 8445 -j ACCEPT\) lets in port 8445, as which/);
    assert.deepEqual(found(beside({}, [rule('ACCEPT', port(8443)), rule('DROP')])), []);
  });

  it('say that a rule is about the wrong port', () => {
    assert.deepEqual(found(beside({}, [rule('DROP', port(8445))])), ['warning filter-ineffective filter INPUT 1']);
    assert.deepEqual(found(beside({}, [rule('DROP', port(8440, 8444))])), ['problem target-blocked filter INPUT 1']);
  });

  it('say of what some rule may let in that it is dropped unless that matches', () => {
    const sources: TableRule = { ...rule('ACCEPT'), source: { address: '10.0.0.0', mask: '255.0.0.0' } };
    const filter = beside({}, [sources, rule('DROP')]);
    assert.deepEqual(found(filter), ['warning target-blocked filter INPUT 2']);
    assert.match(texts(filter), /dropped by rule 2 of .*, unless they match rule 1 of/);
  });

  it('do not speak of drops by source, and note those that are not understood', () => {
    const match = (name: string): TableMatch => ({ match: 'unknown', name, revision: 0, data: new Uint8Array(8) });
    assert.deepEqual(found(beside({}, [rule('DROP', match('set'))])), []);
    assert.deepEqual(found(beside({}, [rule('DROP', match('fancy'))])), ['note undecided filter INPUT 1']);
    const all = completed(
      foreignFindings({
        filter: beside({}, [rule('DROP', match('fancy'))]),
        host: new HostView(undefined),
        published: [WEB],
      }),
    );
    assert.match(all[0]?.text ?? '', /portshift does not evaluate \(the match fancy\)/);
  });

  it('say from which interface', () => {
    const one: TableRule = { ...rule('DROP'), inInterface: { name: 'eth1' } };
    assert.deepEqual(found(beside({}, [one]), WEB, NETWORK), ['problem target-blocked filter INPUT 1']);
    assert.match(texts(beside({}, [one]), NETWORK), /^connections to "web" \(tcp port 8445\) from eth1 arrive/);
    assert.deepEqual(found(beside({}, [one]), { ...WEB, interface: 'eth0' }, NETWORK), []);
    const bridge: TableRule = { ...rule('DROP'), inInterface: { name: 'br0' } };
    assert.deepEqual(found(beside({}, [bridge]), WEB, NETWORK), []);
  });

  it('are doubtful where both backends translate at one priority', () => {
    const drop = { expr: 'redir', portReg: 1 } as const;
    const nine = { expr: 'immediate', dreg: 1, data: '270f' } as const;
    const theirs = nftOf({ p: { hook: 'prerouting', type: 'nat', priority: -100, rules: [[nine, drop]] } });
    assert.deepEqual(found(joined([beside({}), theirs])), ['warning port-taken t p 2']);
    const before = nftOf({ p: { hook: 'prerouting', type: 'nat', priority: -101, rules: [[nine, drop]] } });
    assert.deepEqual(found(joined([beside({}), before])), ['problem port-taken t p 2']);
    const behind = nftOf({ p: { hook: 'prerouting', type: 'nat', priority: -99, rules: [[nine, drop]] } });
    assert.deepEqual(found(joined([beside({}), behind])), []);
  });

  it('show no control characters of others', () => {
    const chain = 'evil\u001b[2J\u009b';
    const filter = legacyOf({
      'nat PREROUTING ACCEPT': [
        rule({ target: 'jump', chain: 'portshift.pre' }, { match: 'comment', comment: 'portshift' }),
      ],
      'nat portshift.pre': [rule({ target: 'DNAT', port: 8443 }, port(8445), OWN)],
      'filter INPUT ACCEPT': [rule({ target: 'jump', chain })],
      [`filter ${chain}`]: [rule('DROP')],
    });
    assert.match(texts(filter), /filter evil\\u\{1b\}\[2J\\u\{9b\}/);
  });

  it('stop at so many published ports, and say so', () => {
    const published = Array.from({ length: MOST_PUBLISHED + 5 }, (_, index) => ({ ...WEB, name: `web${index}` }));
    const judged = (filter: PacketFilter) =>
      completed(foreignFindings({ filter, host: new HostView(undefined), published }));
    assert.deepEqual(judged(beside({})), [], 'nobody else has a rule');
    assert.deepEqual(
      judged(beside({}, [rule('ACCEPT', port(22))])).map(({ code, text }) => `${code}: ${text}`),
      [`not-looked-at: of ${MOST_PUBLISHED + 5} published ports, the first ${MOST_PUBLISHED} were looked at`],
    );
  });
});

describe('hostFindings', () => {
  const codes = (publication: Publication, network: Partial<Network>) =>
    completed(hostFindings({ ...NETWORK, ...network }, [publication])).map(({ level, code }) => `${level} ${code}`);
  const listener = (address: string, at = 8445, protocol: 'tcp' | 'udp' = 'tcp') => ({
    listeners: [{ protocol, address, port: at }],
  });

  it('are of servers on the public port', () => {
    assert.deepEqual(codes(WEB, listener('0.0.0.0')), ['warning port-in-use']);
    assert.deepEqual(codes(WEB, listener('0.0.0.0', 8446)), []);
    assert.deepEqual(codes(WEB, listener('0.0.0.0', 8445, 'udp')), []);
    assert.deepEqual(codes({ ...WEB, port: '8440-8450' }, listener('::')), ['warning port-in-use']);
    assert.deepEqual(codes({ ...WEB, destination: '192.0.2.1' }, listener('192.0.2.2')), []);
    assert.deepEqual(codes({ ...WEB, loopback: false }, listener('127.0.0.1')), []);
    assert.deepEqual(codes({ ...WEB, destination: '192.0.2.1' }, listener('127.0.0.53')), ['warning port-in-use']);
    assert.deepEqual(codes({ ...WEB, destination: '192.0.2.1', loopback: false }, listener('127.0.0.53')), []);
    assert.deepEqual(codes({ ...WEB, port: '8440-8450' }, listener('::', 8443)), []);
  });

  it('are of UDP that comes in by interfaces without an address', () => {
    const udp: Publication = { ...WEB, protocol: 'udp' };
    const own = { interface: 1, address: '192.0.2.9' };
    const other = { interface: 2, address: '2001:db8::1' };
    const unnumbered = { addresses: [{ interface: 1, address: '127.0.0.1' }, own, other] };
    assert.deepEqual(codes(udp, unnumbered), ['problem interface-unnumbered']);
    assert.deepEqual(codes({ ...udp, interface: 'eth0' }, unnumbered), ['problem interface-unnumbered']);
    assert.deepEqual(codes({ ...udp, interface: 'eth+' }, unnumbered), ['problem interface-unnumbered']);
    assert.deepEqual(codes({ ...udp, destination: '192.0.2.9' }, unnumbered), ['problem interface-unnumbered']);
    assert.deepEqual(codes({ ...udp, destination: '2001:db8::1' }, unnumbered), []);
    assert.deepEqual(codes({ ...udp, targetAddress: '192.0.2.9', destination: '192.0.2.9' }, unnumbered), []);
    assert.deepEqual(codes(WEB, unnumbered), []);
    assert.deepEqual(codes(udp, {}), []);
    const elsewhere = { addresses: [own, { interface: 3, address: '198.51.100.1' }] };
    assert.deepEqual(codes(udp, elsewhere), []);
    assert.deepEqual(codes({ ...udp, interface: 'eth0' }, elsewhere), ['problem interface-unnumbered']);
    assert.deepEqual(codes({ ...udp, family: 'ipv6' }, { addresses: [own] }), []);
    const linkLocal = {
      addresses: [
        { interface: 1, address: '2001:db8::9' },
        { interface: 2, address: 'fe80::1' },
      ],
    };
    assert.deepEqual(codes({ ...udp, family: 'ipv6' }, linkLocal), ['problem interface-unnumbered']);
  });

  it('are of interfaces that nothing comes in by', () => {
    assert.deepEqual(codes({ ...WEB, interface: 'eth0' }, {}), []);
    assert.deepEqual(codes({ ...WEB, interface: 'eth7' }, {}), ['problem interface-missing']);
    assert.deepEqual(codes({ ...WEB, interface: 'eth2' }, {}), ['problem interface-enslaved']);
  });
});
