import { checkSignal } from '../abort';
import { checkBoolean, checkMilliseconds, checkObject } from '../rules/fields';

/** For `watch()`. */
export interface WatchOptions {
  /** Puts back what is lost, in one change. Default false. */
  readonly heal?: boolean;
  /** ms between two looks, 10 to 2147483647, with `iptc`; `nft` is told by the kernel at once. Default 1000. */
  readonly interval?: number;
  /** Closes the watch. */
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
