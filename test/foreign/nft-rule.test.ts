import assert from 'node:assert/strict';
import { hostWord, textBytes } from '../../lib/backends/nft/bytes';
import type { RulesetElement, RulesetSet } from '../../lib/backends/nft/ruleset';
import type { RulesetExpression } from '../../lib/backends/nft/ruleset-expression';
import type { Opening } from '../../lib/foreign/packet';
import { nftOf, packet, told, walked } from './support/rulesets';

const DROP: RulesetExpression = { expr: 'immediate', verdict: 'drop' };
const DPORT: RulesetExpression = { expr: 'payload', base: 'transport', offset: 2, length: 2, dreg: 1 };
const SADDR: RulesetExpression = { expr: 'payload', base: 'network', offset: 12, length: 4, dreg: 1 };
const IIFNAME: RulesetExpression = { expr: 'meta', key: 'iifname', dreg: 1 };

const [YES, NO, MAYBE] = ['yes', 'no', 'unknown'] as const;

/** Whether a rule with these tests matches the packet. */
function matches(tests: readonly RulesetExpression[], sets: readonly RulesetSet[] = [], more: Partial<Opening> = {}) {
  const filter = nftOf({ i: { hook: 'input', rules: [[...tests, DROP]] } }, sets);
  const walk = walked(filter, packet(more));
  if (walk.usual.verdict === 'dropped') return YES;
  return walk.others.length === 0 ? NO : MAYBE;
}

const cmp = (data: string, op: 'eq' | 'neq' | 'lt' | 'lte' | 'gt' | 'gte' = 'eq'): RulesetExpression => ({
  expr: 'cmp',
  op,
  sreg: 1,
  data,
});
const and = (mask: string): RulesetExpression => ({
  expr: 'bitwise',
  sreg: 1,
  dreg: 1,
  mask,
  xor: '0'.repeat(mask.length),
});

function set(elements: readonly RulesetElement[], more: Partial<RulesetSet> = {}): RulesetSet {
  return {
    item: 'set',
    family: 'inet',
    table: 't',
    set: 's',
    handle: 9,
    flags: 0,
    keyType: 13,
    keyLength: 2,
    dataType: 0,
    dataLength: 0,
    anonymous: false,
    size: elements.length,
    elements,
    ...more,
  };
}

const IN_SET: RulesetExpression = { expr: 'lookup', set: 's', sreg: 1 };

describe('Rules of nf_tables, for a packet to tcp port 8443', () => {
  it('compare what is known', () => {
    assert.equal(matches([DPORT, cmp('20fb')]), YES);
    assert.equal(matches([DPORT, cmp('20fb', 'neq')]), NO);
    assert.equal(matches([DPORT, cmp('20fc', 'lt')]), YES);
    assert.equal(matches([DPORT, cmp('20fb', 'gt')]), NO);
    assert.equal(matches([DPORT, cmp('20fb', 'gte')]), YES);
    assert.equal(matches([DPORT, { expr: 'range', op: 'eq', sreg: 1, from: '0001', to: '2000' }]), NO);
    assert.equal(matches([DPORT, { expr: 'range', op: 'neq', sreg: 1, from: '0001', to: '2000' }]), YES);
  });

  it('cannot tell what the packet alone does not', () => {
    assert.equal(matches([SADDR, cmp('0a000001')]), MAYBE);
    assert.equal(matches([SADDR, cmp('0a000001', 'neq')]), MAYBE);
    assert.equal(matches([SADDR, and('00000000'), cmp('00000000')]), YES);
    assert.equal(matches([{ expr: 'limit', rate: 1, unit: 1, burst: 1, type: 'packets' }]), MAYBE);
    assert.equal(matches([{ expr: 'unknown', name: 'tunnel' }]), MAYBE);
    const reversePath = { expr: 'fib', flags: 'saddr . iif', result: 'oif', dreg: 1 } as const;
    assert.equal(matches([reversePath, cmp('00000000')]), MAYBE);
    assert.equal(matches([{ ...reversePath, flags: 'saddr . mark . iif . present' }, cmp('01')]), YES);
    assert.equal(matches([SADDR, cmp('0a000001'), DPORT, cmp('0001')]), NO);
  });

  it('know names of interfaces, and their beginnings', () => {
    const from = { in: [{ name: 'eth0', index: 2 }] };
    assert.equal(matches([IIFNAME, cmp(textBytes('eth0', 16))], [], from), YES);
    assert.equal(matches([IIFNAME, cmp(textBytes('lo', 16))], [], from), NO);
    assert.equal(matches([IIFNAME, cmp(textBytes('eth', 3))], [], from), YES);
    assert.equal(matches([IIFNAME, cmp(textBytes('eth0', 16))]), MAYBE);
    assert.equal(matches([IIFNAME, cmp(textBytes('lo', 16))]), NO);
    const names = set([{ key: textBytes('lo', 16) }], { keyLength: 16 });
    assert.equal(matches([IIFNAME, IN_SET], [names]), NO);
    assert.equal(matches([{ expr: 'meta', key: 'iif', dreg: 1 }, cmp(hostWord(1), 'neq')]), YES);
    const either = { in: [{ name: 'eth0' }, { name: 'wan0' }] };
    assert.equal(matches([IIFNAME, cmp(textBytes('eth', 3))], [], either), MAYBE);
    assert.equal(matches([IIFNAME, cmp(textBytes('lo', 16), 'neq')], [], either), YES);
  });

  it('know the state of a new connection', () => {
    const state: RulesetExpression = { expr: 'ct', key: 'state', dreg: 1 };
    assert.equal(matches([state, and(hostWord(8)), cmp('00000000', 'neq')]), YES);
    assert.equal(matches([state, and(hostWord(6)), cmp('00000000', 'neq')]), NO);
    const status: RulesetExpression = { expr: 'ct', key: 'status', dreg: 1 };
    assert.equal(matches([status, and(hostWord(0x20)), cmp('00000000', 'neq')]), NO);
    assert.equal(matches([status, and(hostWord(0x100)), cmp('00000000', 'neq')]), MAYBE);
  });

  it('look ports up in sets, ranges and concatenations', () => {
    assert.equal(matches([DPORT, IN_SET], [set([{ key: '0016' }, { key: '20fb' }])]), YES);
    assert.equal(matches([DPORT, IN_SET], [set([{ key: '0016' }])]), NO);
    assert.equal(matches([DPORT, { ...IN_SET, invert: true }], [set([{ key: '0016' }])]), YES);
    const ranges = (...keys: [string, boolean][]) =>
      set(
        keys.map(([key, ends]) => (ends ? { key, ends: true } : { key })),
        { flags: 4 },
      );
    assert.equal(matches([DPORT, IN_SET], [ranges(['2000', false], ['2100', true])]), YES);
    assert.equal(matches([DPORT, IN_SET], [ranges(['2000', false], ['20fb', true])]), NO);
    assert.equal(matches([DPORT, IN_SET], [ranges(['20fb', true], ['20fb', false], ['0000', true])]), YES);
    assert.equal(matches([DPORT, IN_SET], [ranges(['2000', false])]), YES);
    const proto: RulesetExpression = { expr: 'meta', key: 'l4proto', dreg: 1 };
    const second: RulesetExpression = { expr: 'payload', base: 'transport', offset: 2, length: 2, dreg: 9 };
    const both = (key: string, keyEnd?: string) =>
      set([keyEnd === undefined ? { key } : { key, keyEnd }], {
        flags: keyEnd === undefined ? 0x80 : 0x84,
        keyLength: 8,
      });
    assert.equal(matches([proto, second, IN_SET], [both('0600000020fb0000')]), YES);
    assert.equal(matches([proto, second, IN_SET], [both('1100000020fb0000')]), NO);
    assert.equal(matches([proto, second, IN_SET], [both('0600000020000000', '0600000021000000')]), YES);
  });

  it('cannot tell whether a source is in a set, unless the rest of the key says that it is not', () => {
    const sources = set([{ key: '0a000001' }], { keyLength: 4 });
    assert.equal(matches([SADDR, IN_SET], [sources]), MAYBE);
    assert.equal(matches([SADDR, IN_SET], [set([], { keyLength: 4 })]), NO);
    const second: RulesetExpression = { expr: 'payload', base: 'transport', offset: 2, length: 2, dreg: 9 };
    const pair = (at: string) => set([{ key: `0a000001${at}0000` }], { flags: 0x80, keyLength: 8 });
    assert.equal(matches([SADDR, second, IN_SET], [pair('20fb')]), MAYBE);
    assert.equal(matches([SADDR, second, IN_SET], [pair('0016')]), NO);
    assert.equal(matches([SADDR, { ...IN_SET, set: 'gone' }], [sources]), MAYBE);
  });

  it('follow verdict maps', () => {
    const verdicts = (...elements: RulesetElement[]) => {
      const vmap: RulesetExpression = { expr: 'lookup', set: 's', sreg: 1, dreg: 0 };
      const chains = { i: { hook: 'input', rules: [[DPORT, vmap]] }, web: { rules: [[DROP]] } };
      return told(walked(nftOf(chains, [set(elements)])));
    };
    const accept = { verdict: { verdict: 'accept' } } as const;
    assert.deepEqual(verdicts({ key: '20fb', verdict: { verdict: 'drop' } }), ['dropped by t i 3']);
    assert.deepEqual(verdicts({ key: '20fb', ...accept }, { key: '', catchall: true, verdict: { verdict: 'drop' } }), [
      'delivered by t i 3',
    ]);
    assert.deepEqual(verdicts({ key: '0016', ...accept }, { key: '', catchall: true, verdict: { verdict: 'drop' } }), [
      'dropped by t i 3',
    ]);
    assert.deepEqual(verdicts({ key: '20fb', verdict: { verdict: 'jump', chain: 'web' } }), ['dropped by t web 4']);
  });

  it('translate to what a map says, or to a register', () => {
    const map = set([{ key: '20fb', data: '270f' }], { flags: 8, dataType: 13, dataLength: 2 });
    const looked: RulesetExpression = { expr: 'lookup', set: 's', sreg: 1, dreg: 1 };
    const chains = {
      p: { hook: 'prerouting', type: 'nat', rules: [[DPORT, looked, { expr: 'redir', portReg: 1 }]] },
    } as const;
    assert.equal(walked(nftOf(chains, [map])).usual.packet.destinationPort, 9999);
    assert.equal(walked(nftOf(chains, [map]), packet({ port: 80 })).usual.packet.destinationPort, 80);
  });

  it('set marks that later rules test', () => {
    const load: RulesetExpression = { expr: 'meta', key: 'mark', dreg: 1 };
    const or: RulesetExpression = {
      expr: 'bitwise',
      sreg: 1,
      dreg: 1,
      mask: hostWord(0xffff_ffbf),
      xor: hostWord(0x40),
    };
    const store: RulesetExpression = { expr: 'meta', key: 'mark', sreg: 1 };
    const chains = (marking: readonly RulesetExpression[]) => ({
      p: { hook: 'prerouting', priority: -150, rules: [[...marking, load, or, store]] },
      i: { hook: 'input', rules: [[load, and(hostWord(0x40)), cmp(hostWord(0x40)), DROP]] },
    });
    assert.equal(walked(nftOf(chains([]))).usual.verdict, 'dropped');
    assert.equal(walked(nftOf(chains([DPORT, cmp('0016')]))).usual.verdict, 'delivered');
    assert.equal(walked(nftOf(chains([SADDR, cmp('0a000001')]))).others.length, 1);
  });
});
