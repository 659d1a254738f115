import { FirewallError } from '../errors';
import type { Listening } from './backend';

/** Asks every `interval` ms, counted from the last answer, and keeps no process alive by it. */
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
      // Another program is at the tables: the next look will see what it did.
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
