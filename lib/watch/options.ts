import { checkSignal } from '../model/call-options';
import { checkBoolean, checkMilliseconds, checkObject } from '../model/fields';

/** The options of `watch()`. */
export interface WatchOptions {
  /** If true, puts back what is lost, in one change. Default false. */
  readonly heal?: boolean;
  /**
   * The time between two looks at the legacy tables in ms, 10 to 2147483647. With `nft`, the kernel notifies of changes
   * of the owner's rules at once. Default 1000.
   */
  readonly interval?: number;
  /** Closes the watch when it is aborted. */
  readonly signal?: AbortSignal;
}

export interface CheckedWatchOptions {
  readonly heal: boolean;
  readonly interval: number;
  readonly signal: AbortSignal | undefined;
}

/** @throws FirewallError ERR_INVALID_ARGUMENT */
export function checkWatchOptions(options: unknown): CheckedWatchOptions {
  const given = checkObject('watch', options, ['heal', 'interval', 'signal']);
  return {
    heal: checkBoolean('heal', given['heal'], false),
    interval: checkMilliseconds('interval', given['interval'], 10) ?? 1_000,
    signal: checkSignal(given['signal']),
  };
}
