import { setTimeout as sleep } from 'node:timers/promises';

/** Looks again and again until it is so. */
export async function until(what: string, isSo: () => Promise<boolean> | boolean, patience = 15_000): Promise<void> {
  const deadline = performance.now() + patience;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`it did not come to pass: ${what}`);
    await sleep(20);
  }
}
