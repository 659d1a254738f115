import { invalidArgument } from '../errors';
import { checkBoolean, checkInstance, checkObject } from '../rules/fields';

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
  const { heal, interval = 1_000 } = given;
  const signal = checkInstance('signal', given['signal'], AbortSignal, 'an AbortSignal');
  const isTime = typeof interval === 'number' && Number.isInteger(interval) && interval >= 10;
  if (!isTime || interval > 0x7fff_ffff) {
    throw invalidArgument('interval', interval, 'a whole number of milliseconds from 10 to 2147483647');
  }
  return { heal: checkBoolean('heal', heal, false), interval, signal };
}
