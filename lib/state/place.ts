import { identityOf, type NetworkNamespace } from './namespace';

/** The owner of rules, and their network namespace (undefined: the process's own). */
export interface Place {
  readonly namespace: NetworkNamespace | undefined;
  readonly owner: string;
}

/**
 * Returns the prefix of the names of everything that portshift keeps outside the kernel for that owner in that
 * namespace.
 */
export function stateKey({ namespace, owner }: Place): string {
  return `${identityOf(namespace)}-${owner}`;
}

/** Returns the name of the record of the last change made from the command line, in the state directory. */
export function recordFile(place: Place): string {
  return `${stateKey(place)}.json`;
}

/** Returns the name of the socket that a guardian listens on, in the state directory. */
export function guardianSocket(place: Place): string {
  return `${stateKey(place)}.guardian`;
}
