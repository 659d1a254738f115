import { constants, readFileSync, statfsSync, statSync } from 'node:fs';
import type { OpenNamespace } from '../backends/entered';
import { errnoOf, FirewallError, type FirewallErrorCode, messageOf } from '../util/errors';
import { Descriptor, O_PATH } from './descriptor';
import { findHost } from './host';

/** NSFS_MAGIC of linux/magic.h. */
const NSFS = 0x6e736673;

const OWN = '/proc/self/ns/net';

/** The names that callers gave for the open namespaces, by the paths of their descriptors. */
const names = new Map<string, string>();

/**
 * A network namespace that is opened once, because the path that it was opened by, or the process that was in it, may
 * refer to another one a moment later.
 */
export class NetworkNamespace implements OpenNamespace {
  readonly #descriptor: Descriptor;
  #isClosed = false;
  #users = 0;
  #identity: string | undefined;

  private constructor(
    descriptor: Descriptor,
    /** The name that the caller gave. */
    readonly name: string,
  ) {
    this.#descriptor = descriptor;
    names.set(descriptor.path, name);
  }

  /**
   * Opens a namespace and no other file: opening a FIFO may wait, and opening a device may have an effect.
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
      throw notOne(name, named(messageOf(error), path, name), error);
    } finally {
      found?.close();
    }
  }

  /**
   * The path by which this process reaches the namespace, for calls that do not wait; other calls use `use`.
   * @throws FirewallError ERR_CLOSED
   */
  get path(): string {
    return this.#opened.path;
  }

  /** The number of its descriptor in this process. @throws FirewallError ERR_CLOSED */
  get descriptor(): number {
    return this.#opened.number;
  }

  /**
   * The identifier that `identityOf` returns. Once read, it stays available after the namespace is closed.
   * @throws FirewallError ERR_CLOSED; as `identityOf`
   */
  get identity(): string {
    this.#identity ??= readIdentity(this.path, this.name);
    return this.#identity;
  }

  async use<T>(work: (path: string) => Promise<T>): Promise<T> {
    const { path } = this.#opened;
    this.#users += 1;
    try {
      return await work(path);
    } catch (error) {
      throw this.nameIn(error);
    } finally {
      this.#users -= 1;
      this.#closeUnused();
    }
  }

  /** Closes the namespace as soon as no `use` is running. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#closeUnused();
  }

  /** Replaces the descriptor's path in an error's message by the name that the caller gave. Returns the error. */
  nameIn(error: unknown): unknown {
    const { path } = this.#descriptor;
    if (error instanceof Error && error.message.includes(path)) error.message = named(error.message, path, this.name);
    return error;
  }

  get #opened(): Descriptor {
    if (!this.#descriptor.isOpen) throw new FirewallError('ERR_CLOSED', 'the firewall is closed; open another one');
    return this.#descriptor;
  }

  #closeUnused(): void {
    if (!this.#isClosed || this.#users > 0 || !this.#descriptor.isOpen) return;
    names.delete(this.#descriptor.path);
    this.#descriptor.close();
  }
}

/**
 * Returns an identifier that no other network namespace of this host has, until the next boot and after it. It includes
 * the boot, as the kernel counts cookies anew after each boot. It uses the cookie if there is one, as the kernel reuses
 * inode numbers at once.
 * @throws FirewallError ERR_PERMISSION, ERR_UNSUPPORTED (no descriptor or thread left)
 */
export function identityOf(namespace: NetworkNamespace | undefined): string {
  return namespace === undefined ? readIdentity(undefined, OWN) : namespace.identity;
}

/** @param path undefined: the process's own */
function readIdentity(path: string | undefined, name: string): string {
  try {
    const cookie = findHost()?.namespaceCookie(path);
    if (cookie !== undefined) return `${bootOf()}-${cookie}`;
    const { dev, ino } = statSync(path ?? OWN);
    return `${bootOf()}-${dev}-${ino}`;
  } catch (error) {
    const why = messageOf(error);
    throw notOne(name, path === undefined ? why : named(why, path, name), error);
  }
}

/**
 * Replaces a path in a message by the caller's name, except where the path is only the beginning of the path of another
 * descriptor.
 */
function named(message: string, path: string, name: string): string {
  return message.split(path).reduce((before, after) => `${before}${/^\d/.test(after) ? path : name}${after}`);
}

/** Returns the first 8 characters of the id of the boot; `0` if it cannot be read, as in some sandboxes. */
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
