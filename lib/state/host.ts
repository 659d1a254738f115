import { type AddonName, loadAddon } from '../backends/addon';
import { FirewallError } from '../util/errors';

/** The process at the other end of a socket, as the kernel reports it (SO_PEERCRED of unix(7)). */
export interface Peer {
  /** The process id; 0 if the process is in another PID namespace. */
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/**
 * System calls that Node.js does not offer. Every addon exports them as `host`. `namespace` is a path, undefined for
 * the process's own. The calls throw errors like those of node:fs.
 */
export interface Host {
  /** Returns the cookie of the network namespace; undefined before Linux 5.14. */
  namespaceCookie(namespace: string | undefined): string | undefined;
  peerCredentials(fd: number): Peer;
  /** Returns a socket that listens on an abstract name (unix(7)), which belongs to the network namespace. */
  listenAbstract(namespace: string | undefined, name: string): number;
  /**
   * Returns a connected socket; undefined if nobody listens. Never waits: it throws EAGAIN if the listener accepts no
   * more connections.
   */
  connectAbstract(namespace: string | undefined, name: string): number | undefined;
  abstractListeners(namespace: string | undefined, prefix: string): string[];
}

const ADDONS: readonly AddonName[] = ['nft', 'iptc'];

/** Loads the calls from whichever addon exists. @throws FirewallError ERR_BACKEND_UNAVAILABLE */
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

/** Loads the calls; returns undefined if there is no addon, so that no kernel's firewall can be reached. */
export function findHost(): Host | undefined {
  try {
    return loadHost();
  } catch (error) {
    if (error instanceof FirewallError && error.code === 'ERR_BACKEND_UNAVAILABLE') return undefined;
    throw error;
  }
}
