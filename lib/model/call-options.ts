import { checkBoolean, checkInstance, checkObject } from './fields';

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
