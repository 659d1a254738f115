import assert from 'node:assert/strict';
import type { NativeError } from '../../lib/backends/table-session';
import { Namespace } from '../support/namespace';
import { runProgram } from './support/program';

/** Root without the capabilities that count: works in a user namespace too, where there is no other user. */
const WITHOUT = (capabilities: string) => ['setpriv', '--bounding-set', capabilities, '--'];

describe('native: without privileges', () => {
  let namespace: Namespace;
  let other: Namespace;

  before(async () => {
    [namespace, other] = await Promise.all([Namespace.create(), Namespace.create()]);
    await namespace.exec('iptables-legacy', ['-N', 'own-1']);
  });

  after(async () => {
    await Promise.all([namespace?.remove(), other?.remove()]);
  });

  async function failure(call: string, options: object, before: readonly string[]): Promise<NativeError> {
    const { stdout, stderr } = await runProgram(namespace, 'call', [call, JSON.stringify(options)], { before });
    assert.notEqual(stdout, '', stderr);
    return JSON.parse(stdout) as NativeError;
  }

  it('reading and committing say which call was not permitted', async () => {
    for (const capability of ['-net_admin', '-net_raw']) {
      for (const call of ['read', 'commit']) {
        const error = await failure(call, {}, WITHOUT(capability));
        assert.deepEqual(
          [error.kind, error.errnoName, error.syscall, error.family, error.table],
          ['open', 'EPERM', 'iptc_init', 'ipv4', 'filter'],
        );
        assert.equal(error.left, call === 'commit' ? 'nothing' : undefined);
      }
    }
  });

  it('entering another namespace is not permitted', async () => {
    const error = await failure('open', { namespace: other.path }, WITHOUT('-sys_admin'));
    assert.deepEqual([error.kind, error.errnoName, error.syscall], ['namespace', 'EPERM', 'setns']);
  });

  it('a lock file of someone else cannot be opened', async () => {
    const lockFile = `${process.env['XTABLES_LOCKFILE']}-denied`;
    await namespace.exec('install', ['-m', '000', '/dev/null', lockFile]);
    const error = await failure('read', { lockFile }, WITHOUT('-dac_override,-dac_read_search'));
    await namespace.exec('rm', [lockFile]);
    assert.deepEqual([error.kind, error.errnoName, error.syscall], ['lock', 'EACCES', 'open']);
  });
});
