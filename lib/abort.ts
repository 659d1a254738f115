import { checkBoolean, checkInstance, checkObject } from './rules/fields';

/** Options of every call that may have to wait: for the calls before it, or for a lock that another program holds. */
export interface CallOptions {
  /**
   * Ends the waiting. The call rejects with the signal's reason, and then it has changed nothing; a change that was
   * made meanwhile stands, and the call resolves.
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
   * Looks, once the change is made, at what the rules, servers and interfaces of others mean for what was published:
   * `applied.warnings` has it. That reads everybody's rules, so it is not for calls that are made again and again. What
   * cannot be read is not warned of, and the call does not fail for it. Default false.
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

/** Runs something that `interrupt` can end early, which is called when the signal is aborted meanwhile. */
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

/** What a promise settles to, or before that the signal's reason: for what changes nothing. */
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
