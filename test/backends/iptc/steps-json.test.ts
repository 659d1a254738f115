import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EntryOperation } from '../../../lib/backends/iptc/entry-operation';
import { placementsOf } from '../../../lib/backends/iptc/placement';
import { stepsJson } from '../../../lib/backends/iptc/steps-json';
import { parseSteps } from '../../../lib/backends/memory/parse-steps';
import { readPage, writePage } from '../../../lib/backends/rule-page';
import type { StepPart } from '../../../lib/backends/table-session';
import type { Entry } from '../../../lib/model/entry';
import { checkPublication, entriesOf } from '../../../lib/model/publication';
import { ReadRule } from '../../../lib/model/read-rule';
import { ruleJson } from '../../../lib/model/rule-json';
import type { AddressType, TableMatch, TableRule, TableTarget } from '../../../lib/model/table-rule';
import type { TableOperation } from '../../../lib/model/table-step';

const text = fc.string({ unit: 'binary', maxLength: 12 });
/** One that is not is left out. */
const set = fc.constant(true);
const port = fc.nat(65535);
const ports = fc.tuple(port, port);
const flags = fc.tuple(fc.nat(255), fc.nat(255));
const mark = { value: fc.nat(0xffff_ffff), mask: fc.nat(0xffff_ffff) };
const extension = { name: text, revision: fc.nat(254), data: fc.uint8Array({ maxLength: 9 }) };
const address = fc.record(
  { address: text, mask: text, invert: set },
  { noNullPrototype: true, requiredKeys: ['address', 'mask'] },
);
const from = fc.record({ name: text, invert: set }, { noNullPrototype: true, requiredKeys: ['name'] });

function some<T>(model: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }, requiredKeys: (keyof T)[]) {
  return fc.record(model, { noNullPrototype: true, requiredKeys });
}

const match: fc.Arbitrary<TableMatch> = fc.oneof(
  some({ match: fc.constant('tcp'), destinationPorts: ports, sourcePorts: ports, flags, syn: set, notSyn: set }, [
    'match',
  ]),
  some({ match: fc.constant('udp'), destinationPorts: ports, sourcePorts: ports }, ['match']),
  some({ match: fc.constant('mark'), ...mark }, ['match', 'value', 'mask']),
  some(
    {
      match: fc.constant('conntrack'),
      notEstablished: set,
      notTranslated: set,
      directionOriginal: set,
      directionReply: set,
    },
    ['match'],
  ),
  some(
    {
      match: fc.constant('addrtype'),
      destinationTypes: fc.subarray<AddressType>(['local', 'broadcast', 'anycast', 'multicast'], { minLength: 1 }),
      invert: set,
      limitInterface: set,
    },
    ['match', 'destinationTypes'],
  ),
  some({ match: fc.constant('socket') }, ['match']),
  some({ match: fc.constant('comment'), comment: text }, ['match', 'comment']),
  some({ match: fc.constant('unknown'), ...extension }, ['match', 'name', 'revision', 'data']),
);

const target: fc.Arbitrary<TableTarget> = fc.oneof(
  some({ target: fc.constant('REDIRECT'), port }, ['target', 'port']),
  some({ target: fc.constant('DNAT'), address: text, port }, ['target', 'port']),
  some({ target: fc.constant('MARK'), ...mark }, ['target', 'value', 'mask']),
  some({ target: fc.constant('REJECT'), with: fc.constantFrom('tcp-reset', 'port-unreachable') }, ['target', 'with']),
  some({ target: fc.constantFrom('ACCEPT', 'DROP', 'RETURN', 'QUEUE') }, ['target']),
  some({ target: fc.constantFrom('jump', 'goto'), chain: text }, ['target', 'chain']),
  some({ target: fc.constant('none') }, ['target']),
  some({ target: fc.constant('unknown'), ...extension }, ['target', 'name', 'revision', 'data']),
);

const rule: fc.Arbitrary<TableRule> = some(
  {
    protocol: fc.oneof(fc.constantFrom('tcp', 'udp'), fc.nat(255)),
    source: address,
    destination: address,
    inInterface: from,
    outInterface: from,
    otherFlags: set,
    matches: fc.array(match, { maxLength: 4 }),
    target,
  },
  ['matches', 'target'],
);

const operation: fc.Arbitrary<TableOperation> = fc.oneof(
  some({ op: fc.constantFrom('createChain', 'deleteChain'), chain: text }, ['op', 'chain']),
  some({ op: fc.constantFrom('insert', 'append', 'delete'), chain: text, rule }, ['op', 'chain', 'rule']),
);

const step: fc.Arbitrary<StepPart> = some(
  {
    family: fc.constantFrom('ipv4', 'ipv6'),
    table: fc.constantFrom('filter', 'mangle', 'nat', 'raw', 'security'),
    expect: fc.option(text, { nil: undefined }),
    operations: fc.array(operation, { maxLength: 4 }),
  },
  ['family', 'table', 'expect', 'operations'],
);

describe('Steps as one text', () => {
  it('say what the steps say', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 4 }), (steps) => {
        assert.deepEqual(parseSteps(stepsJson(steps)), steps);
      }),
    );
  });
});

describe('A rule of an entry', () => {
  it('is told by one that it is like, and reads as it is in full', () => {
    const made = entriesOf(
      checkPublication('', { name: 'web', port: '80-89', targetPort: 8443, deny: 'reject', destination: '192.0.2.7' }, [
        'ipv4',
        'ipv6',
      ]),
    );
    const others = made.map(({ rule, name }): Entry => ({ rule: { ...rule, port: 90 }, ...(name && { name }) }));
    const entries = [...made, ...others];
    const operations = entries.flatMap((entry) =>
      placementsOf(entry.rule, { value: 0x1000, mask: 0x1000 }).map(
        ({ rule: like }) => new EntryOperation('append', 'portshift.pre', like, entry),
      ),
    );
    const id = { family: 'ipv4', table: 'nat', expect: '' } as const;
    const inFull = operations.map(({ op, chain, rule }) => ({ op, chain, rule }));
    assert.deepEqual(parseSteps(stepsJson([{ ...id, operations }])), [{ ...id, operations: inFull }]);
  });
});

describe('A rule as a text', () => {
  it('is the same for rules that say the same', () => {
    const bare: TableRule = {
      source: { address: '10.0.0.0', mask: '255.0.0.0' },
      inInterface: { name: 'eth0' },
      matches: [{ match: 'tcp' }, { match: 'conntrack' }],
      target: { target: 'DROP' },
    };
    const full: TableRule = {
      source: { address: '10.0.0.0', mask: '255.0.0.0', invert: false },
      inInterface: { name: 'eth0', invert: false },
      otherFlags: false,
      matches: [
        { match: 'tcp', syn: false },
        { match: 'conntrack', notEstablished: false, notTranslated: false, directionOriginal: false },
      ],
      target: { target: 'DROP' },
    };
    assert.equal(ruleJson(full), ruleJson(bare));
  });

  it('can be read, in pages, with where it is', () => {
    const tables = [
      { family: 'ipv6', table: 'nat' },
      { family: 'ipv4', table: 'filter' },
    ] as const;
    const read = fc
      .tuple(fc.constantFrom(...tables), text.map(withoutZero), rule, fc.nat(), fc.nat())
      .map(([id, chain, said, packets, bytes]) => ReadRule.of({ ...id, chain }, said, { packets, bytes }))
      .filter(({ jump, comment }) => !`${jump}${comment}`.includes('\0'));
    fc.assert(
      fc.property(fc.array(read, { maxLength: 5 }), (rules) => {
        const again = readPage(writePage(rules, tables), tables);
        assert.deepEqual(again, rules);
        for (const [index, one] of again.entries()) assert.ok(one.says(rules[index]?.rule as TableRule));
      }),
    );
  });
});

/** No name in the kernel has one. */
function withoutZero(name: string): string {
  return name.replaceAll('\0', '');
}
