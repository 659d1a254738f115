import { type AddonName, loadAddon } from '../backends/addon';
import { FirewallError } from '../errors';

/** The process at the other end of a socket, by the kernel's word (SO_PEERCRED of unix(7)). */
export interface Peer {
  /** 0 where it is in another PID namespace. */
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/**
 * What Node.js has no call for; every addon exports it as `host`. `namespace` is a path, undefined for the process's own.
 * The calls throw errors as those of node:fs.
 */
export interface Host {
  /** Undefined before Linux 5.14. */
  namespaceCookie(namespace: string | undefined): string | undefined;
  peerCredentials(fd: number): Peer;
  /** A socket that listens on an abstract name (unix(7)), which belongs to the network namespace. */
  listenAbstract(namespace: string | undefined, name: string): number;
  /** Undefined where nobody listens. Never waits: EAGAIN where the listener takes no more. */
  connectAbstract(namespace: string | undefined, name: string): number | undefined;
  abstractListeners(namespace: string | undefined, prefix: string): string[];
}

const ADDONS: readonly AddonName[] = ['nft', 'iptc'];

/** Of whichever addon there is. @throws FirewallError ERR_BACKEND_UNAVAILABLE */
export function loadHost(): Host {
  let failure: unknown;
  for (const name of ADDONS) {
    try {
      return loadAddon<{ readonly host: Host }>(name).host;
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

/** Undefined where no addon is there, and so no kernel's firewall can be reached. */
export function findHost(): Host | undefined {
  try {
    return loadHost();
  } catch (error) {
    if (error instanceof FirewallError && error.code === 'ERR_BACKEND_UNAVAILABLE') return undefined;
    throw error;
  }
}
