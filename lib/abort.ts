import { checkBoolean, checkInstance, checkObject } from './rules/fields';

/** Options of every call that may have to wait for earlier calls or for a lock that another program holds. */
export interface CallOptions {
  /**
   * Ends the wait. The call then rejects with the signal's reason and has changed nothing. If the change was made in
   * the meantime, it stands and the call resolves.
   */
  readonly signal?: AbortSignal;
}

/** @throws FirewallError ERR_INVALID_ARGUMENT */
export function checkSignal(signal: unknown): AbortSignal | undefined {
  return checkInstance('signal', signal, AbortSignal, 'an AbortSignal');
}

/** Options of the calls that publish. */
export interface PublishCallOptions extends CallOptions {
  /**
   * If true, the call examines, after the change, how the rules, servers and interfaces of others affect what was
   * published, and stores the result in `applied.warnings`. It reads the rules of all programs, so it is not meant for
   * calls that are repeated often. Parts that cannot be read produce no warning, and the call does not fail because of
   * them. Default false.
   */
  readonly warnings?: boolean;
}

/** @throws FirewallError ERR_INVALID_ARGUMENT */
export function checkPublishCall(
  call: string,
  options: unknown,
): { signal: AbortSignal | undefined; warnings: boolean } {
  const given = checkObject(call, options, ['signal', 'warnings']);
  return { signal: checkSignal(given['signal']), warnings: checkBoolean('warnings', given['warnings'], false) };
}

/** @throws FirewallError ERR_INVALID_ARGUMENT */
export function checkCallOptions(call: string, options: unknown): AbortSignal | undefined {
  return checkSignal(checkObject(call, options, ['signal'])['signal']);
}

/** Runs `work`, and calls `interrupt` if the signal is aborted in the meantime, so that the work can end early. */
export async function interruptible<T>(
  signal: AbortSignal | undefined,
  interrupt: () => void,
  work: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  signal?.addEventListener('abort', interrupt);
  try {
    return await work();
  } finally {
    signal?.removeEventListener('abort', interrupt);
  }
}

/**
 * Settles as the promise does, or rejects with the signal's reason if the signal is aborted first. It is for work that
 * changes nothing, because the work itself goes on.
 */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    void interruptible(
      signal,
      () => reject(signal.reason),
      () => promise,
    ).then(resolve, reject);
  });
}
