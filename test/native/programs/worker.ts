import { parentPort, workerData } from 'node:worker_threads';
import { addon, OPTIONS } from '../support/tables';
import { bigChange } from './big-change';

/** In a worker thread: commits a large change, says so before and after, and leaves the session open. */
async function main(): Promise<void> {
  const { namespace, chain } = workerData as { namespace: string; chain: string };
  const session = await addon().open({ namespace });
  const change = bigChange(chain);
  const committing = session.commit(change, OPTIONS);
  parentPort?.postMessage('committing');
  await committing;
  parentPort?.postMessage('committed');
}

void main();
