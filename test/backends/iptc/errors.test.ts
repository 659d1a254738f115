import assert from 'node:assert/strict';
import { FirewallError } from '../../../lib';
import { asFirewallError, sessionError } from '../../../lib/backends/session-errors';
import type { NativeError } from '../../../lib/backends/table-session';
import type { Step } from '../../../lib/model/table-step';

const STEPS: readonly Step[] = [
  { family: 'ipv4', table: 'nat', operations: [{ op: 'createChain', chain: 'portshift.pre' }] },
  {
    family: 'ipv6',
    table: 'mangle',
    operations: [
      { op: 'deleteChain', chain: 'portshift.udp' },
      {
        op: 'append',
        chain: 'portshift.tcp',
        rule: { matches: [{ match: 'comment', comment: 'portshift markDrop tcp 1' }], target: { target: 'DROP' } },
      },
    ],
  },
];

const native = (fields: Omit<NativeError, 'name' | 'message'>) => Object.assign(new Error('flock: it failed'), fields);

async function caught(call: () => Promise<unknown>): Promise<FirewallError> {
  const error = await call().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof FirewallError, String(error));
  return error;
}

const opening = (fields: Omit<NativeError, 'name' | 'message'>) =>
  caught(() => sessionError('opening the firewall', () => Promise.reject(native(fields))));
const committing = (fields: Omit<NativeError, 'name' | 'message'>) =>
  caught(() => Promise.reject(asFirewallError('changing the tables', native(fields), STEPS)));

describe('What the addon rejects with', () => {
  it('becomes a code and a remedy', async () => {
    const expected: readonly [fields: Omit<NativeError, 'name' | 'message'>, code: string, remedy: RegExp][] = [
      [{ kind: 'lock-timeout' }, 'ERR_LOCK_TIMEOUT', /held the xtables lock .*; try again, or raise lockTimeout$/],
      [
        { kind: 'lock', errnoName: 'EACCES' },
        'ERR_PERMISSION',
        /make that file writable, or name another one in XTABLES_/,
      ],
      [{ kind: 'lock', errnoName: 'ENOENT' }, 'ERR_BACKEND_UNAVAILABLE', /XTABLES_LOCKFILE$/],
      [{ kind: 'namespace', errnoName: 'ENOENT' }, 'ERR_NOT_FOUND', /give the path of a network namespace, or the pid/],
      [{ kind: 'namespace', errnoName: 'EPERM' }, 'ERR_PERMISSION', /CAP_SYS_ADMIN$/],
      [{ kind: 'open', errnoName: 'EPERM' }, 'ERR_PERMISSION', /; run portshift as root, .* `unshare -rn`$/],
      [{ kind: 'open', errnoName: 'ENOPROTOOPT' }, 'ERR_BACKEND_UNAVAILABLE', /no legacy tables loaded: try `modprobe/],
      [{ kind: 'open', errnoName: 'EIO' }, 'ERR_COMMIT', /it failed$/],
      [{ kind: 'closed' }, 'ERR_CLOSED', /open another one$/],
      [{ kind: 'internal' }, 'ERR_INTERNAL', /it failed$/],
    ];
    for (const [fields, code, remedy] of expected) {
      const error = await opening(fields);
      assert.equal(error.code, code);
      assert.ok(error.message.startsWith('opening the firewall: '), error.message);
      assert.match(error.message, remedy);
    }
  });

  it('keeps errno, call and cause', async () => {
    const error = await opening({ kind: 'lock', errno: 13, errnoName: 'EACCES', syscall: 'open' });
    assert.deepEqual([error.errno, error.syscall], ['EACCES', 'open']);
    assert.ok(error.cause instanceof Error && error.cause.message === 'flock: it failed');
    assert.equal(error.operation, undefined);
  });

  it('names the table and the rule of the operation that failed', async () => {
    const where = { family: 'ipv6', table: 'mangle', step: 1 } as const;
    const rule = await committing({ kind: 'operation', ...where, operation: 1, errnoName: 'EINVAL' });
    assert.equal(rule.code, 'ERR_COMMIT');
    assert.equal(rule.operation, 'in ipv6 mangle, append in chain portshift.tcp of "portshift markDrop tcp 1"');
    const chain = await committing({ kind: 'operation', ...where, operation: 0 });
    assert.equal(chain.operation, 'in ipv6 mangle, deleteChain in chain portshift.udp');
    const table = await committing({ kind: 'commit', ...where });
    assert.equal(table.operation, 'in ipv6 mangle');
  });

  it('says what became of the steps before', async () => {
    const left = async (how: NonNullable<NativeError['left']>) =>
      (await committing({ kind: 'commit', family: 'ipv4', table: 'nat', step: 0, left: how })).message;
    assert.match(await left('nothing'), / in ipv4 nat; nothing was changed$/);
    assert.match(await left('undone'), / in ipv4 nat; the steps before it were undone$/);
    const partial = { kind: 'commit', left: 'partial', undoError: 'iptc_commit: ENOMEM' } as const;
    const error = await committing(partial);
    assert.match(error.message, /; undoing the steps before it failed as well \(iptc_commit: ENOMEM\)$/);
    assert.deepEqual(error.installed, []);
  });

  it('is one of permission where the kernel says so, also in a commit', async () => {
    assert.equal((await committing({ kind: 'commit', errnoName: 'EPERM' })).code, 'ERR_PERMISSION');
  });

  it('that is no error of the addon goes on as it is', async () => {
    const fault = new TypeError('a fault');
    await assert.rejects(() => sessionError('reading', () => Promise.reject(fault)), fault);
    assert.equal(asFirewallError('changing the tables', fault, STEPS), fault);
    assert.equal(await sessionError('reading', async () => 7), 7);
  });
});
