import { constants, readFileSync, readlinkSync, statfsSync, statSync } from 'node:fs';
import { errnoOf, FirewallError, type FirewallErrorCode, messageOf } from '../errors';
import { Descriptor, O_PATH } from './descriptor';
import { findHost } from './host';

/** NSFS_MAGIC of linux/magic.h. */
const NSFS = 0x6e736673;

/** How those that are open were named. */
const names = new Map<string, string>();

/**
 * A network namespace, opened once: the path that it was opened by, or the process that was in it, may lead into another
 * one a moment later.
 */
export class NetworkNamespace {
  readonly #descriptor: Descriptor;

  private constructor(
    descriptor: Descriptor,
    /** As the caller named it. */
    readonly name: string,
  ) {
    this.#descriptor = descriptor;
    names.set(this.path, name);
  }

  /**
   * Opens what is a namespace and nothing else: a FIFO would be waited for, and opening a device may do something.
   * @throws FirewallError ERR_NOT_FOUND, ERR_PERMISSION, ERR_UNSUPPORTED (no descriptor left)
   */
  static open(path: string): NetworkNamespace {
    const name = names.get(path) ?? path;
    let found: Descriptor | undefined;
    try {
      found = Descriptor.open(path, O_PATH);
      if (statfsSync(found.path).type !== NSFS) throw notOne(name, 'it is no namespace');
      return new NetworkNamespace(Descriptor.open(found.path, constants.O_RDONLY), name);
    } catch (error) {
      if (error instanceof FirewallError) throw error;
      throw notOne(name, messageOf(error).replaceAll(path, name), error);
    } finally {
      found?.close();
    }
  }

  /** By which this process reaches it. */
  get path(): string {
    return this.#descriptor.path;
  }

  /** By which the processes that this one starts reach it. */
  get pathForChildren(): string {
    return `/proc/${readlinkSync('/proc/self')}/fd/${this.descriptor}`;
  }

  /** Its number among this process's open files. */
  get descriptor(): number {
    return this.#descriptor.number;
  }

  /** Idempotent. */
  close(): void {
    names.delete(this.path);
    this.#descriptor.close();
  }

  /** An error that names the namespace as the caller did. */
  nameIn(error: unknown): unknown {
    if (!(error instanceof FirewallError) || !error.message.includes(this.path)) return error;
    error.message = error.message.replaceAll(this.path, this.name);
    return error;
  }
}

/**
 * What no other network namespace of this host is called, until the next boot and after it: the kernel uses inodes again
 * at once, and counts cookies anew after each boot.
 * @throws FirewallError ERR_PERMISSION, ERR_UNSUPPORTED (no descriptor or thread left)
 */
export function identityOf(namespace: NetworkNamespace | undefined): string {
  try {
    const cookie = findHost()?.namespaceCookie(namespace?.path);
    if (cookie !== undefined) return `${bootOf()}-${cookie}`;
    const { dev, ino } = statSync(namespace?.path ?? '/proc/self/ns/net');
    return `${bootOf()}-${dev}-${ino}`;
  } catch (error) {
    throw notOne(namespace?.name ?? '/proc/self/ns/net', messageOf(error), error);
  }
}

/** The beginning of the number of the boot; `0` where the kernel does not tell (a sandbox's). */
function bootOf(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
  } catch {
    return '0';
  }
}

const CODES: Readonly<Record<string, FirewallErrorCode>> = {
  EACCES: 'ERR_PERMISSION',
  EPERM: 'ERR_PERMISSION',
  EMFILE: 'ERR_UNSUPPORTED',
  ENFILE: 'ERR_UNSUPPORTED',
  EAGAIN: 'ERR_UNSUPPORTED',
  ENOMEM: 'ERR_UNSUPPORTED',
};

const REMEDY = 'give the path of a network namespace, or the pid of a process in it';

function notOne(name: string, why: string, cause?: unknown): FirewallError {
  const errno = errnoOf(cause);
  const code = CODES[errno ?? ''] ?? 'ERR_NOT_FOUND';
  const remedy = code === 'ERR_UNSUPPORTED' ? 'raise the limit (ulimit -n, ulimit -u)' : REMEDY;
  return new FirewallError(code, `namespace: ${name} cannot be used (${why}); ${remedy}`, {
    field: 'namespace',
    value: name,
    ...(errno !== undefined && { errno }),
    ...(cause !== undefined && { cause }),
  });
}
