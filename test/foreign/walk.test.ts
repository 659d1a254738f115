import assert from 'node:assert/strict';
import { joined } from '../../lib/foreign/packet-filter';
import type { TableMatch } from '../../lib/model/table-rule';
import { legacyOf, nftOf, packet, port, rule, told, walked } from './support/rulesets';

/** A match that nothing here tells the truth of. */
const SOMETIMES: TableMatch = { match: 'unknown', name: 'limit', revision: 0, data: new Uint8Array(40) };
const jump = (chain: string) => ({ target: 'jump', chain }) as const;
const goto = (chain: string) => ({ target: 'goto', chain }) as const;

describe('A walk through the legacy tables', () => {
  const input = (rules: Parameters<typeof legacyOf>[0][string], more: Parameters<typeof legacyOf>[0] = {}) =>
    told(walked(legacyOf({ 'filter INPUT ACCEPT': rules, ...more })));

  it('ends at the first rule that matches, or at the policy', () => {
    assert.deepEqual(input([rule('DROP', port(22)), rule('DROP', port(8443)), rule('ACCEPT')]), [
      'dropped by filter INPUT 2',
    ]);
    assert.deepEqual(told(walked(legacyOf({ 'filter INPUT DROP': [rule('ACCEPT', port(22))] }))), [
      'dropped by filter INPUT policy',
    ]);
    assert.deepEqual(input([]), ['delivered by filter INPUT policy']);
  });

  it('goes through the tables in the order of their priorities', () => {
    const filter = legacyOf({
      'security INPUT ACCEPT': [rule('DROP')],
      'filter INPUT ACCEPT': [rule('DROP')],
      'mangle INPUT ACCEPT': [rule('DROP')],
      'raw PREROUTING ACCEPT': [],
      'mangle PREROUTING ACCEPT': [rule('DROP', port(1))],
    });
    assert.deepEqual(told(walked(filter)), ['dropped by mangle INPUT 1']);
  });

  it('follows jumps, returns and gotos', () => {
    const web = [rule('RETURN', port(8443)), rule('ACCEPT')];
    assert.deepEqual(input([rule(jump('web')), rule('DROP')], { 'filter web': web }), ['dropped by filter INPUT 2']);
    assert.deepEqual(input([rule(goto('web')), rule('DROP')], { 'filter web': web }), [
      'delivered by filter INPUT policy',
    ]);
    assert.deepEqual(input([rule(jump('web')), rule('DROP')], { 'filter web': [rule('ACCEPT', port(8000, 9000))] }), [
      'delivered by filter web 1',
    ]);
    const twice = { 'filter a': [rule(jump('b')), rule('DROP')], 'filter b': [rule(goto('c'))], 'filter c': [] };
    assert.deepEqual(input([rule(jump('a'))], twice), ['dropped by filter a 2']);
  });

  it('says what is usual, and what a doubtful rule may come to', () => {
    assert.deepEqual(input([rule('ACCEPT', SOMETIMES), rule('DROP')]), [
      'dropped by filter INPUT 2',
      'delivered by filter INPUT 1',
    ]);
    assert.deepEqual(input([rule('DROP', SOMETIMES)]), [
      'delivered by filter INPUT policy',
      'dropped by filter INPUT 1',
    ]);
    assert.deepEqual(input([rule('RETURN', SOMETIMES), rule('DROP')]), [
      'dropped by filter INPUT 2',
      'delivered by filter INPUT policy',
    ]);
    const web = [rule('RETURN', SOMETIMES), rule('DROP')];
    assert.deepEqual(input([rule(jump('web')), rule('ACCEPT')], { 'filter web': web }), [
      'dropped by filter web 2',
      'delivered by filter INPUT 2',
    ]);
    assert.deepEqual(input([rule(jump('web'), SOMETIMES), rule('ACCEPT')], { 'filter web': [rule('DROP')] }), [
      'delivered by filter INPUT 2',
      'dropped by filter web 1',
    ]);
    assert.deepEqual(input([rule(goto('web'), SOMETIMES), rule('DROP')], { 'filter web': [] }), [
      'dropped by filter INPUT 2',
      'delivered by filter INPUT policy',
    ]);
  });

  it('does not know what a target does that it does not know, or a chain that is not there', () => {
    const unknown = { target: 'unknown', name: 'SYNPROXY', revision: 0, data: new Uint8Array(8) } as const;
    assert.deepEqual(input([rule(unknown), rule('DROP')]), ['unknown by filter INPUT 1']);
    assert.deepEqual(input([rule(jump('gone'))]), ['unknown by filter INPUT 1']);
  });

  it('carries marks from one table to the next, and forgets those that a doubtful rule may have set', () => {
    const mark = { target: 'MARK', value: 0x40, mask: 0x40 } as const;
    const marked: TableMatch = { match: 'mark', value: 0x40, mask: 0x40 };
    const filter = (...marking: Parameters<typeof rule>[1][]) =>
      told(
        walked(
          legacyOf({
            'mangle PREROUTING ACCEPT': [rule(mark, ...marking)],
            'filter INPUT ACCEPT': [rule('DROP', marked)],
          }),
        ),
      );
    assert.deepEqual(filter(), ['dropped by filter INPUT 1']);
    assert.deepEqual(filter(port(1)), ['delivered by filter INPUT policy']);
    assert.deepEqual(filter(SOMETIMES), ['delivered by filter INPUT policy', 'dropped by filter INPUT 1']);
  });

  it('translates what is tracked, once', () => {
    const redirect = (to: number) => rule({ target: 'REDIRECT', port: to }, port(8445));
    const nat = { 'nat PREROUTING ACCEPT': [redirect(8443), redirect(9443)], 'filter INPUT ACCEPT': [] };
    const { usual } = walked(legacyOf(nat), packet({ port: 8445 }));
    assert.equal(usual.packet.destinationPort, 8443);
    assert.equal(usual.packet.translatedBy?.number, 1);
    const notrack = { target: 'unknown', name: 'CT', revision: 2, data: new Uint8Array([1, 0, 0, 0]) } as const;
    const untracked = walked(legacyOf({ ...nat, 'raw PREROUTING ACCEPT': [rule(notrack)] }), packet({ port: 8445 }));
    assert.equal(untracked.usual.packet.destinationPort, 8445);
    assert.equal(untracked.usual.packet.untrackedBy?.table, 'raw');
  });

  it('ends where the destination is another host', () => {
    const elsewhere = rule({ target: 'DNAT', address: '192.0.2.9', port: 80 }, port(8443));
    const filter = legacyOf({ 'nat PREROUTING ACCEPT': [elsewhere], 'filter INPUT ACCEPT': [] });
    assert.deepEqual(told(walked(filter)), ['forwarded by nat PREROUTING 1']);
    const isLocal = (address: string) => address === 'c0000209';
    assert.deepEqual(told(walked(filter, packet(), { isLocal })), ['delivered by filter INPUT policy']);
  });

  it('sends what the host sends to itself out and in again', () => {
    const filter = legacyOf({
      'nat OUTPUT ACCEPT': [rule({ target: 'REDIRECT', port: 8443 }, port(8445))],
      'nat PREROUTING ACCEPT': [rule({ target: 'REDIRECT', port: 9999 })],
      'filter INPUT ACCEPT': [{ ...rule('DROP', port(8443)), inInterface: { name: 'lo' } }],
    });
    assert.deepEqual(told(walked(filter, packet({ port: 8445, isLocal: true }))), ['dropped by filter INPUT 1']);
  });

  it('gives up in a ruleset that is too large, and says that it does not know', () => {
    const chains = Object.fromEntries(
      Array.from({ length: 12 }, (_, depth) => [
        `filter c${depth}`,
        Array.from({ length: 8 }, (__, index) =>
          // Each doubtful mark makes another packet of it, which is judged anew.
          index % 2 === 0
            ? rule({ target: 'MARK', value: 1 << index, mask: 1 << index })
            : rule(depth === 11 ? 'RETURN' : jump(`c${depth + 1}`), port(8443)),
        ),
      ]),
    );
    const { usual } = walked(legacyOf({ 'filter INPUT ACCEPT': [rule(jump('c0'))], ...chains }));
    assert.equal(usual.verdict, 'unknown');
  });
});

describe('A walk through nf_tables', () => {
  const accept = [{ expr: 'immediate', verdict: 'accept' }] as const;
  const drop = [{ expr: 'immediate', verdict: 'drop' }] as const;

  it('goes on behind a chain that accepts', () => {
    const filter = nftOf({
      early: { hook: 'input', priority: -10, rules: [accept] },
      late: { hook: 'input', priority: 10, policy: 'drop', rules: [] },
    });
    assert.deepEqual(told(walked(filter)), ['dropped by t late policy']);
  });

  it('comes to the latest chain of one priority first', () => {
    const chains = { one: { hook: 'input', rules: [drop] }, two: { hook: 'input', rules: [drop] } };
    assert.deepEqual(told(walked(nftOf(chains))), ['dropped by t two 4']);
  });

  it('comes to both backends by their priorities, and to the one or the other first where these are equal', () => {
    const filter = joined([
      legacyOf({ 'filter INPUT DROP': [] }),
      nftOf({ i: { hook: 'input', rules: [drop] }, o: { hook: 'input', priority: 5, rules: [drop] } }),
    ]);
    assert.deepEqual(told(walked(filter)), ['dropped by filter INPUT policy']);
    assert.deepEqual(told(walked(filter, packet(), { legacyFirst: false })), ['dropped by t i 3']);
  });
});
