import type { Step, TableOperation } from '../model/table-step';
import { FirewallError, type FirewallErrorCode } from '../util/errors';
import { sandboxRemedy } from '../util/sandbox';
import type { NativeError } from './table-session';

function isNativeError(error: unknown): error is NativeError {
  return error instanceof Error && 'kind' in error;
}

/** Returns true if a call ended because its wait was interrupted. */
export function wasInterrupted(error: unknown): boolean {
  const native = error instanceof FirewallError ? error.cause : error;
  return isNativeError(native) && native.kind === 'interrupted';
}

const FILES = 'raise the limit of open files (ulimit -n), or close some';

const PRIVILEGES =
  'run portshift as root, give it CAP_NET_ADMIN and CAP_NET_RAW in the network namespace, or try it out under `unshare -rn`';

function isDenied({ errnoName }: NativeError): boolean {
  return errnoName === 'EPERM' || errnoName === 'EACCES';
}

function explain(doing: string, error: NativeError): [FirewallErrorCode, string] {
  const { kind, errnoName, message, forbidden } = error;
  if (forbidden !== undefined) return ['ERR_PERMISSION', `${doing}: ${message}; ${sandboxRemedy(forbidden)}`];
  switch (kind) {
    case 'lock-timeout':
      return [
        'ERR_LOCK_TIMEOUT',
        `${doing}: another program held the xtables lock all the while (${message}); try again, or raise lockTimeout`,
      ];
    case 'lock':
      if (errnoName === 'EMFILE' || errnoName === 'ENFILE')
        return ['ERR_UNSUPPORTED', `${doing}: ${message}; ${FILES}`];
      return [
        isDenied(error) ? 'ERR_PERMISSION' : 'ERR_BACKEND_UNAVAILABLE',
        `${doing}: the xtables lock could not be taken (${message}); make that file writable, or name another one in XTABLES_LOCKFILE`,
      ];
    case 'namespace':
      if (errnoName === 'EMFILE' || errnoName === 'ENFILE')
        return ['ERR_UNSUPPORTED', `${doing}: ${message}; ${FILES}`];
      if (isDenied(error)) return ['ERR_PERMISSION', `${doing}: ${message}; entering a namespace takes CAP_SYS_ADMIN`];
      return [
        'ERR_NOT_FOUND',
        `${doing}: ${message}; give the path of a network namespace, or the pid of a process in it`,
      ];
    case 'open':
      if (isDenied(error)) return ['ERR_PERMISSION', `${doing}: ${message}; ${PRIVILEGES}`];
      if (errnoName === 'ENOPROTOOPT' || errnoName === 'ENOENT') {
        return [
          'ERR_BACKEND_UNAVAILABLE',
          `${doing}: ${message}; this kernel has no legacy tables loaded: try \`modprobe ip_tables ip6_tables iptable_nat ip6table_nat\`, or backend 'nft'`,
        ];
      }
      return ['ERR_COMMIT', `${doing}: ${message}`];
    case 'connections':
      return isDenied(error)
        ? ['ERR_PERMISSION', `${doing}: ${message}; ${PRIVILEGES}`]
        : [
            'ERR_UNSUPPORTED',
            `${doing}: ${message}; this kernel may lack CONFIG_NF_CT_NETLINK or CONFIG_INET_DIAG_DESTROY`,
          ];
    case 'closed':
      return ['ERR_CLOSED', `${doing}: the firewall is closed; open another one`];
    case 'interrupted':
    case 'internal':
      return ['ERR_INTERNAL', `${doing}: ${message}`];
    case 'operation':
    case 'commit':
      return [isDenied(error) ? 'ERR_PERMISSION' : 'ERR_COMMIT', `${doing}: ${message}`];
  }
}

/** Runs a call on a session, and converts the error with which it rejects to a FirewallError. */
export async function sessionError<T>(doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw asFirewallError(doing, error);
  }
}

/** @param steps the steps that were being committed */
export function asFirewallError(doing: string, error: unknown, steps?: readonly Step[]): unknown {
  if (!isNativeError(error)) return error;
  const [code, text] = explain(doing, error);
  const operation = describe(error, steps);
  const left = LEFT[error.left ?? 'nothing'];
  const undo = error.undoError === undefined ? '' : ` (${error.undoError})`;
  const suffix = error.kind === 'operation' || error.kind === 'commit' ? `${operation ?? ''}${left}${undo}` : '';
  return new FirewallError(code, `${text}${suffix}`, {
    ...(error.errnoName !== undefined && { errno: error.errnoName }),
    ...(error.syscall !== undefined && { syscall: error.syscall }),
    ...(operation !== undefined && { operation: operation.trim() }),
    ...(error.left === 'partial' && { installed: [] }),
    cause: error,
  });
}

const LEFT: Readonly<Record<NonNullable<NativeError['left']>, string>> = {
  nothing: '; nothing was changed',
  undone: '; the steps before it were undone',
  partial: '; undoing the steps before it failed as well',
};

function describe(
  { family, table, step, operation }: NativeError,
  steps: readonly Step[] | undefined,
): string | undefined {
  if (family === undefined || table === undefined) return undefined;
  const failing = step === undefined ? undefined : steps?.[step]?.operations[operation ?? -1];
  return ` in ${family} ${table}${failing === undefined ? '' : `, ${describeOperation(failing)}`}`;
}

function describeOperation(operation: TableOperation): string {
  const what = `${operation.op} in chain ${operation.chain}`;
  if (!('rule' in operation)) return what;
  for (const match of operation.rule.matches) {
    if (match.match === 'comment') return `${what} of "${match.comment}"`;
  }
  return what;
}
