import assert from 'node:assert/strict';
import { stepsJson } from '../../lib/backends/iptc/steps-json';
import type { IptcSession, NativeChange } from '../../lib/backends/table-session';
import type { TableOperation } from '../../lib/model/table-step';
import { Namespace } from '../support/namespace';
import {
  changeOf,
  closing,
  commit,
  commitError,
  errorOf,
  fingerprint,
  jumpTo,
  OPTIONS,
  openIn,
  PREFIX,
  read,
  rulesOf,
  saved,
} from './support/tables';

describe('native: commit', () => {
  let namespace: Namespace;
  let session: IptcSession;

  beforeEach(async () => {
    namespace = await Namespace.create();
    session = await openIn(namespace);
  });

  afterEach(async () => {
    await session?.close();
    await namespace?.remove();
  });

  const create = { op: 'createChain', chain: 'own-1' } as const;
  const append = (port: number) => ({ op: 'append', chain: 'own-1', rule: closing(port) }) as const;
  const insert = (port: number) => ({ op: 'insert', chain: 'own-1', rule: closing(port) }) as const;
  const remove = (port: number) => ({ op: 'delete', chain: 'own-1', rule: closing(port) }) as const;
  const ports = async () => {
    const rules = await rulesOf(session, 'filter');
    return rules.flatMap(({ matches }) => (matches[0]?.match === 'tcp' ? [matches[0].destinationPorts?.[0]] : []));
  };

  it('inserts at the top, appends at the end, deletes the first of equal rules', async () => {
    await commit(session, {
      table: 'filter',
      operations: [create, append(1), append(2), insert(3), append(1), insert(4)],
    });
    assert.deepEqual(await ports(), [4, 3, 1, 2, 1]);
    await commit(session, { table: 'filter', operations: [remove(1), append(5), remove(4), insert(2), remove(2)] });
    assert.deepEqual(await ports(), [3, 2, 1, 5]);
  });

  it('gives the fingerprint that is read afterwards, for every step', async () => {
    const result = await commit(
      session,
      { table: 'filter', operations: [create, append(1)] },
      { family: 'ipv6', table: 'nat', operations: [create] },
      { table: 'filter', operations: [append(2), { op: 'insert', chain: 'INPUT', rule: jumpTo('own-1') }] },
      { table: 'mangle', operations: [] },
    );
    assert.equal(result.status, 'committed');
    assert.ok(result.status === 'committed');
    const [first, nat, second, mangle] = result.fingerprints;
    assert.notEqual(first, second);
    assert.equal(second, await fingerprint(session, 'filter'));
    assert.equal(nat, await fingerprint(session, 'nat', 'ipv6'));
    assert.equal(mangle, await fingerprint(session, 'mangle'));
  });

  it('is stale, and changes nothing, when someone else changed what is expected', async () => {
    await commit(session, { table: 'filter', operations: [create, append(1)] });
    const expect = await fingerprint(session, 'filter');
    const nat = await fingerprint(session, 'nat');
    await namespace.exec('iptables-legacy', ['-I', 'own-1', '-p', 'udp', '-j', 'DROP']);
    const before = await saved(namespace);
    const change = [
      { table: 'nat', expect: nat, operations: [create] },
      { table: 'filter', expect, operations: [remove(1)] },
    ] as const;
    assert.deepEqual(await commit(session, ...change), { status: 'stale' });
    assert.equal(await saved(namespace), before);
    assert.equal((await read(session, 'nat')).tables[0]?.present, false);

    await namespace.exec('iptables-legacy', ['-D', 'own-1', '1']);
    await namespace.exec('iptables-legacy', ['-I', 'INPUT', '-p', 'udp', '-j', 'ACCEPT']);
    assert.equal((await commit(session, ...change)).status, 'committed');
  });

  it('expects of a table what it is before the first step, also in a later step', async () => {
    const expect = await fingerprint(session, 'filter');
    const result = await commit(
      session,
      { table: 'filter', expect, operations: [create] },
      { table: 'filter', expect, operations: [append(1)] },
    );
    assert.equal(result.status, 'committed');
  });

  it('says which operation of which step failed, and why', async () => {
    const cases = [
      { operation: remove(9), errnoName: 'ENOENT', message: /no such rule/ },
      { operation: { ...append(9), chain: 'own-none' }, errnoName: 'ENOENT', syscall: 'iptc_append_entry' },
      { operation: create, errnoName: 'EEXIST', syscall: 'iptc_create_chain' },
      { operation: { op: 'deleteChain', chain: 'own-1' }, errnoName: 'ENOTEMPTY', syscall: 'iptc_delete_chain' },
      { operation: { op: 'deleteChain', chain: 'own-2' }, errnoName: 'EMLINK', syscall: 'iptc_delete_chain' },
      { operation: { op: 'deleteChain', chain: 'INPUT' }, errnoName: 'EINVAL', syscall: 'iptc_delete_chain' },
    ] as const;
    const base = [create, append(1), { op: 'createChain', chain: 'own-2' }] as const;
    const used = { op: 'append', chain: 'own-1', rule: jumpTo('own-2') } as const;
    await commit(session, { table: 'filter', operations: [...base, used] });
    const before = await saved(namespace);
    for (const { operation, errnoName, ...expected } of cases) {
      const error = await commitError(session, { table: 'filter', operations: [append(2), append(3), operation] });
      assert.equal(error.kind, 'operation');
      assert.equal(error.errnoName, errnoName, error.message);
      assert.equal(error.syscall, 'syscall' in expected ? expected.syscall : undefined);
      assert.deepEqual([error.family, error.table, error.step, error.operation], ['ipv4', 'filter', 0, 2]);
      assert.equal(error.left, 'nothing');
      if ('message' in expected) assert.match(error.message, expected.message);
    }
    assert.equal(await saved(namespace), before);
  });

  it('names the kernel call that refused a rule, and the stack of the caller', async () => {
    async function installing() {
      await commit(session, {
        family: 'ipv6',
        table: 'filter',
        operations: [
          create,
          { op: 'append', chain: 'own-1', rule: { matches: [], target: { target: 'REDIRECT', port: 1 } } },
        ],
      });
    }
    await assert.rejects(installing, (error: Error & { kind?: string; syscall?: string; errno?: number }) => {
      assert.equal(error.kind, 'commit');
      assert.equal(error.syscall, 'ip6tc_commit');
      assert.equal(error.errno, 22);
      assert.match(error.message, /ipv6 filter: Invalid argument \(EINVAL\)/);
      assert.match(error.stack ?? '', new RegExp(`^Error: ${error.message.replace(/[()]/g, '\\$&')}\n`));
      assert.match(error.stack ?? '', /installing/);
      return true;
    });
  });

  it('undoes the steps before a failing one, with positions and counters', async () => {
    await namespace.exec('iptables-legacy-restore', ['-c'], {
      input: [
        '*filter',
        ':INPUT DROP [5:500]',
        ':FORWARD ACCEPT [0:0]',
        ':OUTPUT ACCEPT [0:0]',
        ':own-1 - [0:0]',
        ':own-old - [0:0]',
        '[1:1] -A INPUT -p udp -j ACCEPT',
        '[2:2] -A INPUT -j own-1',
        '[3:3] -A INPUT -p icmp -j ACCEPT',
        ...[1, 2, 3, 1, 4].map((port, index) => `[${index}:${index}] -A own-1 -p tcp -m tcp --dport ${port} -j DROP`),
        'COMMIT\n',
      ].join('\n'),
    });
    const before = await saved(namespace);
    const failing = [
      { table: 'filter', operations: [remove(99)] },
      { table: 'filter', operations: [{ ...append(1), chain: 'own-none' }] },
      { table: 'mangle', operations: [create, append(1), { op: 'append', chain: 'own-1', rule: jumpTo('own-none') }] },
      {
        table: 'filter',
        operations: [{ ...append(1), rule: { matches: [], target: { target: 'REDIRECT', port: 1 } } }],
      },
    ] as const;
    for (const last of failing) {
      const error = await commitError(
        session,
        {
          table: 'filter',
          operations: [
            remove(1),
            remove(4),
            append(7),
            insert(8),
            remove(2),
            { op: 'delete', chain: 'INPUT', rule: jumpTo('own-1') },
            { op: 'insert', chain: 'INPUT', rule: jumpTo('own-1') },
            { op: 'deleteChain', chain: 'own-old' },
            { op: 'createChain', chain: 'own-new' },
            { op: 'append', chain: 'own-new', rule: closing(1) },
          ],
        },
        { table: 'filter', operations: [append(6), remove(3)] },
        { family: 'ipv6', table: 'nat', operations: [create] },
        last,
      );
      assert.equal(error.left, 'undone', JSON.stringify(error));
      assert.equal(error.step, 3);
      assert.equal(error.undoError, undefined);
      assert.equal((await saved(namespace)).replace(/^\*mangle[\s\S]*?COMMIT\n/m, ''), before);
      assert.deepEqual((await read(session, 'nat', 'ipv6')).tables[0]?.chains, []);
    }
  });

  /** Operations of one step, in pieces. */
  function pieces(operations: readonly TableOperation[]): NativeChange {
    const change = session.newChange(PREFIX);
    change.push(changeOf({ table: 'filter', operations: [] }));
    for (let from = 0; from < operations.length; from += 100) {
      const page = operations.slice(from, from + 100);
      change.push(stepsJson([{ family: 'ipv4', table: 'filter', expect: undefined, operations: page }]));
    }
    return change;
  }

  it('deletes and adds 10,000 rules in one step', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => index + 1);
    await session.commit('[]', OPTIONS, pieces([create, ...many.map(append)]));

    const shuffled = many.toSorted((a, b) => ((a * 7919) % 10_007) - ((b * 7919) % 10_007));
    const exchange = pieces(shuffled.flatMap((port) => [append(port + 10_000), remove(port)]));
    const begin = performance.now();
    await session.commit('[]', OPTIONS, exchange);
    const took = performance.now() - begin;
    assert.ok(took < 15_000, `${took} ms`);
    assert.deepEqual(
      await ports(),
      shuffled.map((port) => port + 10_000),
    );
  });

  it('what crossed before comes before the rest, and a change that was committed takes no more', async () => {
    await commit(session, { table: 'filter', operations: [create] });
    const change = session.newChange(PREFIX);
    change.push(changeOf({ table: 'filter', operations: [append(1)] }));
    const first = session.commit(changeOf({ table: 'filter', operations: [append(2)] }), OPTIONS, change);
    const more = changeOf({ table: 'filter', operations: [append(3)] });
    assert.throws(() => change.push(more), TypeError);
    assert.throws(() => session.commit(more, OPTIONS, change), TypeError);
    await first;
    assert.deepEqual(await ports(), [1, 2]);
  });

  it('a piece that makes no sense has nothing changed, whatever comes before and after it', async () => {
    const change = pieces([create, append(1)]);
    change.push('[{"family":"ipv4","table":"filter","operations":[{"op":"append","chain":"own-1","rule":{}}]}]');
    change.push(changeOf({ table: 'filter', operations: [append(2)] }));
    const committing = async () => session.commit('[]', OPTIONS, change);
    const message = 'steps[0].operations[0].rule.matches: expected an array';
    await assert.rejects(committing, { name: 'TypeError', message });
    assert.doesNotMatch(await saved(namespace), /own-1/);
  });

  it('a session that is closed reads what it was given before, and no more', async () => {
    const many = Array.from({ length: 5_000 }, (_, index) => append(index + 1));
    const change = pieces([create, ...many]);
    const committing = session.commit('[]', OPTIONS, change);
    const late = pieces(many);
    await session.close();
    await committing;
    late.push('[]');
    assert.equal((await errorOf(Promise.resolve(session.commit('[]', OPTIONS, late)))).kind, 'closed');
    session = await openIn(namespace);
    assert.equal((await ports()).length, 5_000);
  });

  it('refuses what is no change, or that of another session', async () => {
    const committing = (change: unknown) => () => session.commit('[]', OPTIONS, change as NativeChange);
    for (const change of [null, {}, session, Object.create(Object.getPrototypeOf(session.newChange(PREFIX)))]) {
      assert.throws(committing(change), { name: 'TypeError', message: /^before: expected/ });
    }
    const other = await openIn(namespace);
    assert.throws(committing(other.newChange(PREFIX)), {
      name: 'TypeError',
      message: 'before: expected a change of this session',
    });
    await other.close();
    for (const steps of [undefined, {}, [], '', '{}', 'steps']) {
      assert.throws(() => session.commit(steps as string, OPTIONS), TypeError);
    }
  });
});
