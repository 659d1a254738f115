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
