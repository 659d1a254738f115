import { FirewallError, type FirewallErrorCode } from '../../util/errors';
import { sandboxRemedy } from '../../util/sandbox';
import type { NftNativeError } from './addon';
import { operationText } from './notation';
import type { NftOperation } from './operation';

const FILES = 'raise the limit of open files (ulimit -n), or close some';

const PRIVILEGES =
  'portshift needs CAP_NET_ADMIN in the network namespace: run it as root, give it that capability, or try it out under `unshare -rn`';

/** The context of a call, for messages, and the operations that it commits, if there are any. */
export interface NftCall {
  readonly doing: string;
  readonly table?: string;
  readonly operations?: readonly NftOperation[];
}

/** Runs a call on a session, and converts the error with which it rejects to a FirewallError. */
export async function nftError<T>(context: NftCall, call: () => T | Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw asFirewallError(context, error);
  }
}

/** Converts an error that such a call has thrown to a FirewallError. Returns other errors unchanged. */
export function asFirewallError(context: NftCall, error: unknown): unknown {
  return isNative(error) ? translate(context, error) : error;
}

function isNative(error: unknown): error is NftNativeError {
  return error instanceof Error && 'kind' in error;
}

function translate(context: NftCall, error: NftNativeError): FirewallError {
  const [code, text] = explain(context, error);
  const operation = describe(context, error);
  const left = error.left === 'partial' ? '; read what is installed now' : '; nothing was changed';
  const suffix = error.kind === 'commit' ? `${operation === undefined ? '' : `, at ${operation}`}${left}` : '';
  return new FirewallError(code, `${text}${suffix}`, {
    ...(error.errnoName !== undefined && { errno: error.errnoName }),
    ...(error.syscall !== undefined && { syscall: error.syscall }),
    ...(operation !== undefined && { operation }),
    ...(error.left === 'partial' && { installed: [] }),
    cause: error,
  });
}

function isDenied({ errnoName }: NftNativeError): boolean {
  return errnoName === 'EPERM' || errnoName === 'EACCES';
}

/** The errnos by which a kernel reports that it lacks a feature. */
const MISSING: ReadonlySet<string | undefined> = new Set([
  'EOPNOTSUPP',
  'EPROTONOSUPPORT',
  'EAFNOSUPPORT',
  'EINVAL',
  'ENOENT',
]);

/**
 * The operations that create objects. portshift always creates the same ones: a kernel that rejects them lacks a
 * feature.
 */
const MAKING: ReadonlySet<string | undefined> = new Set(['newTable', 'newChain', 'newSet', 'newRule']);

function explain({ doing, operations }: NftCall, error: NftNativeError): [FirewallErrorCode, string] {
  const { kind, message, forbidden } = error;
  if (forbidden !== undefined) return ['ERR_PERMISSION', `${doing}: ${message}; ${sandboxRemedy(forbidden)}`];
  switch (kind) {
    case 'namespace':
      if (error.errnoName === 'EMFILE' || error.errnoName === 'ENFILE') {
        return ['ERR_UNSUPPORTED', `${doing}: ${message}; ${FILES}`];
      }
      if (isDenied(error)) return ['ERR_PERMISSION', `${doing}: ${message}; entering a namespace takes CAP_SYS_ADMIN`];
      return [
        'ERR_NOT_FOUND',
        `${doing}: ${message}; give the path of a network namespace, or the pid of a process in it`,
      ];
    case 'open':
      if (isDenied(error)) return ['ERR_PERMISSION', `${doing}: ${message}; ${PRIVILEGES}`];
      if (MISSING.has(error.errnoName)) {
        return [
          'ERR_BACKEND_UNAVAILABLE',
          `${doing}: ${message}; this kernel has no nf_tables loaded: try \`modprobe nf_tables\`, or backend 'iptc'`,
        ];
      }
      return ['ERR_COMMIT', `${doing}: ${message}`];
    case 'commit':
      if (error.operation === undefined && isDenied(error)) {
        return ['ERR_PERMISSION', `${doing}: ${message}; ${PRIVILEGES}`];
      }
      if (isDenied(error)) return ['ERR_CONFLICT', `${doing}: ${message}; the table belongs to another process`];
      if (MISSING.has(error.errnoName) && MAKING.has(operations?.[error.operation ?? -1]?.op)) {
        return [
          'ERR_UNSUPPORTED',
          `${doing}: ${message}; this takes Linux 5.10 or later, with nf_tables' nat, redir, fib, ct, socket and reject (CONFIG_NFT_*)`,
        ];
      }
      return ['ERR_COMMIT', `${doing}: ${message}`];
    case 'closed':
      return ['ERR_CLOSED', `${doing}: the firewall is closed; open another one`];
    case 'internal':
      return ['ERR_INTERNAL', `${doing}: ${message}`];
  }
}

/** Returns the first line of the operation that failed, with the element in it that was rejected. */
function describe({ table, operations }: NftCall, { operation, element }: NftNativeError): string | undefined {
  const failing = operations?.[operation ?? -1];
  if (failing === undefined || table === undefined) return undefined;
  const [head = '', ...lines] = operationText(failing, table).split('\n');
  const line = element === undefined ? undefined : lines[element];
  return line === undefined ? head : `${head} ${line.trim()}`;
}
