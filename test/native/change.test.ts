import assert from 'node:assert/strict';
import type { IptcSession } from '../../lib/backends/table-session';
import { Namespace } from '../support/namespace';
import { OPTIONS, openIn, PREFIX } from './support/tables';

const RULE = { matches: [], target: { target: 'DROP' } };
const tcp = (fields: object) => ({ ...RULE, matches: [{ match: 'tcp', ...fields }] });
const target = (fields: object) => ({ ...RULE, target: fields });
const spec = (address: unknown, mask: unknown = '255.255.255.255') => ({ ...RULE, source: { address, mask } });

/** What is wrong, and what is said about it. */
const BAD_RULES: readonly [rule: unknown, message: RegExp][] = [
  [undefined, /operations\[0\]\.rule: expected an object/],
  [{ ...RULE, matches: undefined }, /rule\.matches: expected an array/],
  [{ ...RULE, target: undefined }, /rule\.target: expected an object/],
  [{ ...RULE, protocol: 'sctp' }, /rule\.protocol: expected 'tcp', 'udp' or a number/],
  [{ ...RULE, protocol: 0 }, /rule\.protocol: expected an integer from 1 to 255/],
  [{ ...RULE, protocol: 256 }, /rule\.protocol: expected an integer from 1 to 255/],
  [{ ...RULE, otherFlags: true }, /rule: expected .*otherFlags/],
  [spec('localhost'), /rule\.source\.address: expected an IPv4 address/],
  [spec('::1'), /rule\.source\.address: expected an IPv4 address/],
  [spec('1.2.3.4\0'), /rule\.source\.address: expected an IPv4 address/],
  [spec('1.2.3.4', '32'), /rule\.source\.mask: expected an IPv4 address/],
  [{ ...RULE, destination: { address: '1.2.3.4' } }, /rule\.destination\.mask: expected a string/],
  [{ ...RULE, inInterface: { name: '' } }, /1 to 15 bytes/],
  [{ ...RULE, outInterface: { name: 'a-very-long-name' } }, /1 to 15 bytes/],
  [{ ...RULE, inInterface: { name: 'lo', invert: 1 } }, /rule\.inInterface\.invert: expected true or false/],
  [tcp({ destinationPorts: 80 }), /rule\.matches\[0\]\.destinationPorts: expected an array/],
  [tcp({ destinationPorts: [80] }), /destinationPorts: expected two ports/],
  [tcp({ destinationPorts: [81, 80] }), /destinationPorts: expected the lower port first/],
  [tcp({ destinationPorts: [80, 65536] }), /destinationPorts\[1\]: expected an integer from 0 to 65535/],
  [tcp({ destinationPorts: [80.5, 81] }), /destinationPorts\[0\]: expected an integer/],
  [tcp({ destinationPorts: [Number.NaN, 81] }), /destinationPorts\[0\]: expected an integer/],
  [tcp({ syn: 'yes' }), /matches\[0\]\.syn: expected true or false/],
  [{ ...RULE, matches: [{ match: 'limit' }] }, /matches\[0\]\.match: expected the name of a known match/],
  [{ ...RULE, matches: [{ match: 'mark', value: -1, mask: 0 }] }, /matches\[0\]\.value: expected an integer from 0/],
  [{ ...RULE, matches: [{ match: 'mark', value: 2 ** 32, mask: 0 }] }, /from 0 to 4294967295/],
  [
    { ...RULE, matches: [{ match: 'addrtype', destinationTypes: ['own'] }] },
    /destinationTypes\[0\]: expected the name of an address type/,
  ],
  [{ ...RULE, matches: [{ match: 'comment', comment: 'é'.repeat(128) }] }, /at most 255 bytes/],
  [{ ...RULE, matches: [{ match: 'comment', comment: 'a\0b' }] }, /NUL/],
  [{ ...RULE, matches: [{ match: 'unknown', name: 'x'.repeat(29), revision: 0, data: new Uint8Array() }] }, /28 bytes/],
  [
    { ...RULE, matches: [{ match: 'unknown', name: 'x', revision: 255, data: new Uint8Array() }] },
    /revision: expected/,
  ],
  [
    { ...RULE, matches: [{ match: 'unknown', name: 'x', revision: 0, data: [] }] },
    /data: expected bytes as pairs of hexadecimal digits/,
  ],
  [{ ...RULE, matches: [{ match: 'unknown', name: 'x', revision: 0, data: 'abc' }] }, /data: expected bytes as pairs/],
  [{ ...RULE, matches: [{ match: 'unknown', name: 'x', revision: 0, data: new Uint8Array(70_000) }] }, /too much data/],
  [target({ target: 'LOG' }), /target\.target: expected the name of a known target/],
  [target({ target: 'REDIRECT', port: '80' }), /target\.port: expected an integer from 0 to 65535/],
  [target({ target: 'DNAT', port: 80, address: '::1' }), /target\.address: expected an IPv4 address/],
  [target({ target: 'REJECT', with: 'nothing' }), /target\.with: expected 'tcp-reset' or 'port-unreachable'/],
  [target({ target: 'jump', chain: '' }), /1 to 28 bytes/],
  [target({ target: 'goto', chain: 'x'.repeat(29) }), /1 to 28 bytes/],
  [target({ target: 'jump', chain: 'ACCEPT' }), /ACCEPT is a verdict/],
];

describe('native: what a change takes', () => {
  let namespace: Namespace;
  let session: IptcSession;

  before(async () => {
    namespace = await Namespace.create();
    session = await openIn(namespace);
  });

  after(async () => {
    await session.close();
    await namespace.remove();
  });

  /** Bytes are written as digits; a rule with anything else for bytes stays as it is. */
  const text = (value: unknown) =>
    JSON.stringify(value, (_, one: unknown) => (one instanceof Uint8Array ? Buffer.from(one).toString('hex') : one));
  const step = { family: 'ipv4', table: 'filter', expect: '', operations: [] };

  /** As a whole, and in pieces, which are read later. */
  async function refuses(steps: unknown, message: RegExp | string): Promise<void> {
    const expected = { name: 'TypeError', message };
    assert.throws(() => session.commit(text(steps), OPTIONS), expected);
    const change = session.newChange(PREFIX);
    change.push(text(steps));
    // What comes after it makes nothing better.
    change.push('[]');
    await assert.rejects(async () => session.commit('[]', OPTIONS, change), expected);
  }
  const refusesOperations = (operations: readonly unknown[], message: RegExp | string) =>
    refuses([{ ...step, operations }], message);

  it('a step of a family and a table there is', async () => {
    await refuses([{ ...step, family: 'ipv5' }], "steps[0].family: expected 'ipv4' or 'ipv6'");
    await refuses([{ ...step, table: 'broute' }], /^steps\[0\]\.table: expected 'filter'/);
    await refuses([{ ...step, expect: 1 }], 'steps[0].expect: expected a string');
  });

  it('what goes on with a step does so on its table', async () => {
    const going = { ...step, expect: undefined };
    await session.commit(text([step, going, going]), OPTIONS);
    const message = /expect: expected a string, as this does not go on with the table before it$/;
    await refuses([going], message);
    await refuses([step, { ...going, table: 'nat' }], message);
    await refuses([step, { ...going, family: 'ipv6' }], message);
  });

  it('operations there are', async () => {
    assert.throws(() => session.newChange(PREFIX).push([] as never), {
      name: 'TypeError',
      message: 'steps: expected a string',
    });
    await refuses({}, 'steps: expected an array');
    await refusesOperations([null], 'steps[0].operations[0]: expected an object');
    await refusesOperations([{ op: 'replace' }], /operations\[0\]\.op: expected/);
    const good = { op: 'createChain', chain: 'own-1' };
    for (const chain of [undefined, '', 'x'.repeat(29), 'a\0b', 1]) {
      await refusesOperations([good, { ...good, chain }], /operations\[1\]\.chain/);
    }
    const longest = { ...good, chain: 'x'.repeat(28) };
    await session.commit(text([{ ...step, operations: [good, longest] }]), OPTIONS);
  });

  it('a rule that is told by one that it is like', async () => {
    const like = tcp({ syn: true });
    like.matches.push({ match: 'comment', comment: '' } as never);
    const told = { op: 'append', chain: 'own-1', like: 0, ports: [1, 2], comment: 'own' };
    const refusesTold = (change: object, message: RegExp, alike: unknown = [like]) =>
      refuses([{ ...step, alike, operations: [{ ...told, ...change }] }], message);
    await refusesTold({ like: 1 }, /operations\[0\]\.like: expected the number of a rule in `alike`/);
    await refusesTold({}, /operations\[0\]\.like: expected the number of a rule/, []);
    await refusesTold({}, /alike: expected an array/, {});
    await refusesTold({}, /alike\[0\]\.matches: expected an array/, [{}]);
    await refusesTold({}, /alike\[0\]: expected .*otherFlags/, [{ ...like, otherFlags: true }]);
    await refusesTold({ ports: [2, 1] }, /operations\[0\]\.ports: expected the lower port first/);
    await refusesTold({ comment: 1 }, /operations\[0\]\.comment: expected a string/);
    await refusesTold({ comment: 'x'.repeat(256) }, /operations\[0\]: expected .*at most 255 bytes/);
    await refusesTold({ port: 1 }, /operations\[0\]: expected .*its target translates no port/);
    await refusesTold({ port: 65536 }, /operations\[0\]\.port: expected an integer/);
    await refusesTold({}, /operations\[0\]: expected .*no match of it is about ports/, [
      { ...like, matches: like.matches.slice(1) },
    ]);
  });

  it('what is JSON', async () => {
    const expected = { name: 'TypeError', message: /^not JSON: expected .* at character 1$/ };
    assert.throws(() => session.commit('[,]', OPTIONS), expected);
    const change = session.newChange(PREFIX);
    change.push('[,]');
    await assert.rejects(async () => session.commit('[]', OPTIONS, change), expected);
  });

  for (const [rule, message] of BAD_RULES) {
    it(`no rule ${JSON.stringify(rule)?.slice(0, 120)}: ${message.source}`, () =>
      refusesOperations([{ op: 'append', chain: 'own-1', rule }], message));
  }
});
