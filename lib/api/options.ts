import type { BackendName } from '../backends/backend';
import { MemoryKernel } from '../backends/memory';
import type { BackendOptions } from '../backends/open';
import { checkSignal } from '../model/call-options';
import { checkInstance, checkMilliseconds, checkObject, checkOneOf, checkOwner, readSafely } from '../model/fields';
import { checkMark, type Mark } from '../model/mark';
import type { Family } from '../model/table-rule';
import { FirewallError, invalidArgument } from '../util/errors';

/** The options of `openFirewall()`. */
export interface FirewallOptions {
  /** Default `auto`. An unknown name is an error. */
  readonly backend?: 'auto' | BackendName;
  /**
   * The owner of the rules: 1 to 16 letters, digits, `-` and `_`, beginning with a letter. Two owners never touch each
   * other's rules. Default `portshift`.
   */
  readonly owner?: string;
  /** The families for rules that name no family and no address. Default: those that the namespace has. */
  readonly families?: readonly Family[];
  /** The path of a network namespace (`/run/netns/NAME`), or the pid of a process in it. Default: the caller's own. */
  readonly namespace?: string | number;
  /**
   * Bits of the packet mark to set on denied packets, for rules of other programs; nothing in portshift depends on
   * them. Default: those that the installed rules set, or else none.
   */
  readonly mark?: Mark;
  /**
   * `host` (default): the rules stay until they are removed. `process`: they are removed when this process ends; nft
   * only.
   */
  readonly lifetime?: 'host' | 'process';
  /** How long to wait for the xtables lock, in ms, 0 to 2147483647. Default 5000. */
  readonly lockTimeout?: number;
  /**
   * Ends the wait for the lock while the firewall opens, and rejects with the signal's reason. Later calls take a
   * signal of their own.
   */
  readonly signal?: AbortSignal;
  /** The simulated kernel for `backend: 'memory'`. Default: one that all firewalls of this process share. */
  readonly kernel?: MemoryKernel;
}

export interface CheckedOptions extends Omit<BackendOptions, 'namespace'> {
  /** The path of a network namespace; undefined: the caller's own. */
  readonly namespace: string | undefined;
  readonly families: readonly Family[] | undefined;
}

const KNOWN = ['backend', 'owner', 'families', 'namespace', 'mark', 'lifetime', 'lockTimeout', 'signal', 'kernel'];

const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];
/** The longest array that is accepted, as each family may occur more than once. */
const MOST_FAMILIES = 16;

const sharedKernel = new MemoryKernel();

/** @throws FirewallError ERR_INVALID_ARGUMENT, ERR_UNSUPPORTED */
export function checkOptions(options: unknown): CheckedOptions {
  const given = checkObject('options', options, KNOWN);
  const backend = checkOneOf('backend', given['backend'], ['auto', 'iptc', 'nft', 'memory'], 'auto');
  const lifetime = checkOneOf('lifetime', given['lifetime'], ['host', 'process'], 'host');
  if (lifetime === 'process' && (backend === 'iptc' || backend === 'memory')) {
    throw new FirewallError(
      'ERR_UNSUPPORTED',
      `lifetime: 'process' needs nf_tables, which backend '${backend}' does not use; give backend: 'nft', or lifetime: 'host' and withdraw on exit`,
      { field: 'lifetime', value: lifetime },
    );
  }
  const kernel = checkInstance('kernel', given['kernel'], MemoryKernel, 'a MemoryKernel');
  return {
    backend,
    owner: checkOwner('owner', given['owner']),
    families: checkFamilies(given['families']),
    namespace: checkNamespace(given['namespace']),
    mark: checkMark('mark', given['mark']),
    lifetime,
    signal: checkSignal(given['signal']),
    lockTimeout: checkMilliseconds('lockTimeout', given['lockTimeout'], 0) ?? 5_000,
    kernel: kernel ?? sharedKernel,
  };
}

function checkFamilies(value: unknown): readonly Family[] | undefined {
  if (value === undefined) return undefined;
  const given = readSafely('families', value, () =>
    Array.isArray(value) && value.length <= MOST_FAMILIES ? Array.from<unknown>(value) : [],
  );
  if (given.length === 0 || !given.every((one) => FAMILIES.some((family) => family === one))) {
    throw invalidArgument('families', value, "['ipv4'], ['ipv6'] or ['ipv4', 'ipv6']");
  }
  return FAMILIES.filter((family) => given.includes(family));
}

function checkNamespace(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 0x7fff_ffff)
    return `/proc/${value}/ns/net`;
  if (typeof value === 'string' && value.startsWith('/') && value.length < 4096 && !value.includes('\0')) return value;
  throw invalidArgument('namespace', value, "an absolute path such as '/run/netns/blue', or the pid of a process");
}
