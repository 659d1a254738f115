import { setTimeout as sleep } from 'node:timers/promises';
import { checkSignal } from '../model/call-options';
import { checkMilliseconds, checkObject } from '../model/fields';
import { FirewallError } from '../util/errors';

/** The options of `drained()` and `draining()`. */
export interface DrainOptions {
  /** The time in ms after which the wait ends with ERR_TIMEOUT, 1 to 2147483647. Default: never. */
  readonly timeout?: number;
  /** Ends the wait with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * The time between two looks in ms, 10 to 2147483647. Default: 50 at first, then growing up to 1000, and always so
   * long that looking takes no more than a tenth of the time.
   */
  readonly interval?: number;
}

const KNOWN = ['timeout', 'signal', 'interval'];
const LONGEST = 0x7fff_ffff;
const FIRST_PAUSE = 50;
const LAST_PAUSE = 1_000;
const GROWTH = 1.5;
const PAUSE_PER_LOOK = 9;

/** @throws FirewallError ERR_INVALID_ARGUMENT */
export function checkDrainOptions(options: unknown): DrainOptions {
  const given = checkObject('drained', options, KNOWN);
  const timeout = checkMilliseconds('timeout', given['timeout'], 1);
  const interval = checkMilliseconds('interval', given['interval'], 10);
  const signal = checkSignal(given['signal']);
  return {
    ...(timeout !== undefined && { timeout }),
    ...(signal && { signal }),
    ...(interval !== undefined && { interval }),
  };
}

/**
 * Counts the connections repeatedly, and yields each count until it is 0.
 * @param what describes what the connections use, for the message of ERR_TIMEOUT
 * @throws FirewallError ERR_TIMEOUT with `left`; the signal's reason
 */
export async function* drain(
  look: () => Promise<number>,
  what: string,
  options: DrainOptions,
): AsyncGenerator<number, void> {
  const { timeout = Number.POSITIVE_INFINITY, signal, interval } = options;
  const deadline = performance.now() + timeout;
  let pause = interval ?? FIRST_PAUSE;
  for (;;) {
    signal?.throwIfAborted();
    const begun = performance.now();
    const left = await look();
    signal?.throwIfAborted();
    yield left;
    if (left === 0) return;
    const now = performance.now();
    if (now >= deadline) throw timedOut(left, what, timeout);
    const wanted = interval ?? Math.max(pause, (now - begun) * PAUSE_PER_LOOK);
    await wait(Math.min(wanted, deadline - now, LONGEST), signal);
    pause = Math.min(pause * GROWTH, LAST_PAUSE);
  }
}

async function wait(time: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(time, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

function timedOut(left: number, what: string, timeout: number): FirewallError {
  const connections = left === 1 ? '1 connection still uses' : `${left} connections still use`;
  return new FirewallError(
    'ERR_TIMEOUT',
    `${connections} ${what} after ${timeout} ms; the change stands: wait longer, or go on without them`,
    { left },
  );
}
