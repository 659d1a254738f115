import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IptcSession, NativeSnapshot } from '../../lib/backends/table-session';
import type { TableName } from '../../lib/model/table-rule';
import { Namespace } from '../support/namespace';
import {
  closing,
  commit,
  errorOf,
  fingerprint,
  jumpTo,
  LOCK_TIMEOUT,
  OPTIONS,
  openIn,
  read,
  recordsOf,
} from './support/tables';

const TABLES: readonly TableName[] = ['filter', 'nat', 'mangle'];

describe('native: reading', () => {
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

  const iptables = (...args: string[]) => namespace.exec('iptables-legacy', args);
  const presentTables = async (file: string) => (await namespace.exec('cat', [`/proc/net/${file}`])).stdout;
  const everything = (table: TableName): Promise<NativeSnapshot> =>
    session.read([{ family: 'ipv4', table }], { lockTimeout: LOCK_TIMEOUT });

  it('tells the families the namespace has', () => {
    assert.deepEqual(session.families, ['ipv4', 'ipv6']);
    assert.ok(Object.isFrozen(session.families));
  });

  it('does not create a table that nobody uses', async () => {
    const ids = (['ipv4', 'ipv6'] as const).flatMap((family) => TABLES.map((table) => ({ family, table })));
    const { tables, size } = await session.read(ids, OPTIONS);
    assert.equal(size, 0);
    assert.deepEqual(
      tables.map(({ family, table, present, chains }) => ({ family, table, present, chains })),
      ids.map((id) => ({ ...id, present: false, chains: [] })),
    );
    assert.equal(await presentTables('ip_tables_names'), '');
    assert.equal(await presentTables('ip6_tables_names'), '');
  });

  it('gives an absent table the fingerprint of one without own chains', async () => {
    const absent = await fingerprint(session, 'nat');
    const absentEverything = (await everything('nat')).tables[0]?.fingerprint;
    await iptables('-t', 'nat', '-L', '-n');
    assert.equal((await read(session, 'nat')).tables[0]?.present, true);
    assert.equal(await fingerprint(session, 'nat'), absent);
    assert.equal((await everything('nat')).tables[0]?.fingerprint, absentEverything);
    await iptables('-t', 'nat', '-A', 'OUTPUT', '-p', 'tcp', '-j', 'REDIRECT');
    assert.equal(await fingerprint(session, 'nat'), absent);
    assert.notEqual((await everything('nat')).tables[0]?.fingerprint, absentEverything);
  });

  it('gives chains with policies and counters, and rules in order', async () => {
    await namespace.exec('iptables-legacy-restore', ['-c'], {
      input: [
        '*filter',
        ':INPUT DROP [1:100]',
        ':FORWARD ACCEPT [0:0]',
        ':OUTPUT ACCEPT [9007199254740991:18446744073709551615]',
        ':own-1 - [0:0]',
        '[7:420] -A INPUT -j own-1',
        '[0:0] -A INPUT -p tcp -m tcp --dport 1 -j DROP',
        '[5:300] -A own-1 -p tcp -m tcp --dport 2 -j DROP',
        'COMMIT\n',
      ].join('\n'),
    });
    const all = await everything('filter');
    assert.deepEqual(all.tables[0]?.chains, [
      { name: 'INPUT', policy: 'DROP', counters: { packets: 1, bytes: 100 } },
      { name: 'FORWARD', policy: 'ACCEPT', counters: { packets: 0, bytes: 0 } },
      { name: 'OUTPUT', policy: 'ACCEPT', counters: { packets: Number.MAX_SAFE_INTEGER, bytes: 2 ** 64 } },
      { name: 'own-1' },
    ]);
    assert.equal(all.size, 3);
    assert.deepEqual(recordsOf(all), [
      { table: 0, chain: 'INPUT', rule: jumpTo('own-1'), counters: { packets: 7, bytes: 420 } },
      { table: 0, chain: 'INPUT', rule: closing(1), counters: { packets: 0, bytes: 0 } },
      { table: 0, chain: 'own-1', rule: closing(2), counters: { packets: 5, bytes: 300 } },
    ]);

    const own = await read(session, 'filter');
    assert.deepEqual(own.tables[0]?.chains, [{ name: 'own-1' }]);
    assert.deepEqual(
      recordsOf(own).map(({ chain, rule }) => [chain, rule]),
      [
        ['INPUT', jumpTo('own-1')],
        ['own-1', closing(2)],
      ],
    );
  });

  it('pages', async () => {
    const ports = Array.from({ length: 100 }, (_, index) => index + 1);
    await commit(session, {
      table: 'filter',
      operations: [
        { op: 'createChain', chain: 'own-1' },
        ...ports.map((port) => ({ op: 'append', chain: 'own-1', rule: closing(port) }) as const),
      ],
    });
    const snapshot = await session.read(
      [
        { family: 'ipv6', table: 'filter' },
        { family: 'ipv4', table: 'filter' },
      ],
      OPTIONS,
    );
    assert.equal(snapshot.size, 100);
    const whole = recordsOf(snapshot);
    assert.ok(whole.every(({ table }) => table === 1));
    assert.deepEqual(
      whole.map(({ rule }) => rule),
      ports.map(closing),
    );
    const pages = [0, 32, 64, 96].flatMap((from) => recordsOf(snapshot, from, 32));
    assert.deepEqual(pages, whole);
    assert.equal(snapshot.page(100, 1), '');
    assert.equal(snapshot.page(4_000_000_000, 4_000_000_000), '');
    assert.throws(() => snapshot.page(-1, 1), TypeError);
    assert.throws(() => snapshot.page(0, 0.5), TypeError);
  });

  it('a fingerprint follows the rules, not the counters, the place of a jump, or anybody else', async () => {
    await iptables('-N', 'own-1');
    await iptables('-A', 'INPUT', '-j', 'own-1');
    const first = await fingerprint(session, 'filter');
    await iptables('-I', 'INPUT', '-p', 'udp', '-j', 'ACCEPT');
    await iptables('-N', 'other');
    await iptables('-P', 'FORWARD', 'DROP');
    await namespace.exec('bash', ['-c', 'echo > /dev/udp/127.0.0.1/9']);
    assert.equal(await fingerprint(session, 'filter'), first);
    await iptables('-A', 'OUTPUT', '-j', 'own-1');
    const second = await fingerprint(session, 'filter');
    assert.notEqual(second, first);
    await iptables('-A', 'own-1', '-p', 'udp', '-j', 'other');
    const third = await fingerprint(session, 'filter');
    assert.notEqual(third, second);
    await iptables('-A', 'own-1', '-p', 'tcp', '-j', 'other');
    const fourth = await fingerprint(session, 'filter');
    await iptables('-D', 'own-1', '1');
    await iptables('-A', 'own-1', '-p', 'udp', '-j', 'other');
    assert.notEqual(await fingerprint(session, 'filter'), fourth);
  });

  it('looks without the lock, and says of each table whether anybody uses it', async () => {
    await iptables('-N', 'own-1');
    await iptables('-A', 'own-1', '-j', 'ACCEPT');
    await iptables('-t', 'mangle', '-P', 'FORWARD', 'DROP');
    await iptables('-t', 'nat', '-N', 'empty');
    const tables = (['filter', 'mangle', 'nat', 'raw'] as const).map((table) => ({ family: 'ipv4', table }) as const);
    const lock = process.env['XTABLES_LOCKFILE'] ?? '';
    const holder = namespace.spawn('flock', ['--no-fork', lock, 'sh', '-c', 'echo held; exec cat']);
    await once(holder.stdout, 'data');
    const looked = await session.look(tables, { chainPrefix: 'own-' });
    await assert.rejects(session.read(tables, { chainPrefix: 'own-', lockTimeout: 0 }), /held by someone else/);
    holder.stdin.end();
    await once(holder, 'close');
    assert.deepEqual(
      looked.tables.map(({ table, present, used }) => [table, present, used]),
      [
        ['filter', true, true],
        ['mangle', true, true],
        ['nat', true, false],
        ['raw', false, false],
      ],
    );
    const read = await session.read(tables, { chainPrefix: 'own-', lockTimeout: 5_000 });
    assert.equal(looked.page(0, looked.size), read.page(0, read.size));
    assert.equal(looked.size, 1);
  });

  it('refuses what is no table or option', async () => {
    const bad = (tables: unknown, options: unknown) => () =>
      session.read(tables as Parameters<IptcSession['read']>[0], options as Parameters<IptcSession['read']>[1]);
    assert.throws(bad([{ family: 'ipv5', table: 'nat' }], OPTIONS), /tables\[0\]\.family: expected 'ipv4' or 'ipv6'/);
    assert.throws(bad([{ family: 'ipv4', table: 'broute' }], OPTIONS), /tables\[0\]\.table/);
    assert.throws(bad([], {}), /options\.lockTimeout: expected an integer from 0 to 2147483647/);
    assert.throws(bad([], { lockTimeout: 2 ** 31 }), /options\.lockTimeout/);
    assert.throws(bad(undefined, OPTIONS), /tables: expected an array/);
  });

  it('a session cannot be made by hand, and a closed one says so', async () => {
    const made = session.constructor as new () => IptcSession;
    assert.throws(() => new made(), TypeError);
    await session.close();
    await session.close();
    const error = await errorOf(read(session, 'nat'));
    assert.equal(error.kind, 'closed');
  });
});
