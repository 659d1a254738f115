import { constants, readFileSync, statfsSync, statSync } from 'node:fs';
import type { OpenNamespace } from '../backends/entered';
import { errnoOf, FirewallError, type FirewallErrorCode, messageOf } from '../errors';
import { Descriptor, O_PATH } from './descriptor';
import { findHost } from './host';

/** NSFS_MAGIC of linux/magic.h. */
const NSFS = 0x6e736673;

const OWN = '/proc/self/ns/net';

/** How those that are open were named. */
const names = new Map<string, string>();

/**
 * A network namespace, opened once: the path that it was opened by, or the process that was in it, may lead into another
 * one a moment later.
 */
export class NetworkNamespace implements OpenNamespace {
  readonly #descriptor: Descriptor;
  #isClosed = false;
  #users = 0;
  #identity: string | undefined;

  private constructor(
    descriptor: Descriptor,
    /** As the caller named it. */
    readonly name: string,
  ) {
    this.#descriptor = descriptor;
    names.set(descriptor.path, name);
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
      throw notOne(name, named(messageOf(error), path, name), error);
    } finally {
      found?.close();
    }
  }

  /** By which this process reaches it, for calls that do not wait; others go by `use`. @throws FirewallError ERR_CLOSED */
  get path(): string {
    return this.#opened.path;
  }

  /** Its number among this process's open files. @throws FirewallError ERR_CLOSED */
  get descriptor(): number {
    return this.#opened.number;
  }

  /** As of `identityOf`; it stays known when the namespace is closed. @throws FirewallError ERR_CLOSED; as `identityOf` */
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

  /** It stays open for as long as something uses it, and for what that opens. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#closeUnused();
  }

  /** An error that names the namespace as the caller did. */
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
 * What no other network namespace of this host is called, until the next boot and after it: the kernel uses inodes again
 * at once, and counts cookies anew after each boot.
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

/** A message with the caller's name in the place of a path, which may begin as the path of another descriptor does. */
function named(message: string, path: string, name: string): string {
  return message.split(path).reduce((before, after) => `${before}${/^\d/.test(after) ? path : name}${after}`);
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
