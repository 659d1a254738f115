import { parentPort, workerData } from 'node:worker_threads';
import { type BackendName, openFirewall } from '../../../lib';
import { PORTS } from './ports';

/** In a worker thread: publishes many ports and clears them, again and again, until it is terminated. */
async function main(): Promise<void> {
  const { namespace, backend, owner } = workerData as { namespace: string; backend: BackendName; owner: string };
  const firewall = await openFirewall({ backend, namespace, owner });
  for (;;) {
    const publishing = firewall.publishAll(PORTS);
    parentPort?.postMessage('publishing');
    await publishing;
    await firewall.clear();
  }
}

void main();
