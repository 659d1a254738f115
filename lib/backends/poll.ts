import { FirewallError } from '../util/errors';
import type { Listening } from './backend';

/** Calls `ask` every `interval` ms, counted from its last answer. Does not keep the process alive. */
export function poll(
  ask: () => Promise<boolean>,
  touched: () => void,
  failed: (error: unknown) => void,
  interval: number,
): Listening {
  let timer: NodeJS.Timeout | undefined;
  let asking: Promise<void> = Promise.resolve();
  let closed = false;
  const wait = () => {
    if (closed) return;
    timer = setTimeout(() => {
      asking = look();
    }, interval).unref();
  };
  const look = async () => {
    try {
      const answer = await ask();
      if (answer && !closed) touched();
    } catch (error) {
      // Another program holds the lock: the next poll will detect what it did.
      const isBusy = error instanceof FirewallError && error.code === 'ERR_LOCK_TIMEOUT';
      if (!isBusy && !closed) failed(error);
    }
    wait();
  };
  wait();
  return {
    async close() {
      closed = true;
      clearTimeout(timer);
      await asking;
    },
  };
}
