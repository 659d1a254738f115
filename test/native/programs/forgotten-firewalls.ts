import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BackendName, openFirewall } from '../../../lib';

const count = (directory: string) => readdirSync(directory).length;
const held = () => ({ threads: count('/proc/self/task'), files: count('/proc/self/fd') });

async function useOne(backend: BackendName, index: number): Promise<void> {
  const firewall = await openFirewall({ backend, owner: `o${index}` });
  await firewall.publish({ name: 'web', port: 9000 + index, targetPort: 7000 + index });
  // One that still works when nobody keeps it any more.
  void firewall.rules();
}

/** Needs --expose-gc. Firewalls that nobody keeps or closes leave no thread and no file open. */
async function main([backend]: string[]): Promise<void> {
  await useOne(backend as BackendName, 0);
  const before = held();
  for (let index = 1; index <= 20; index += 1) await useOne(backend as BackendName, index);
  const during = held();
  const isMore = () => held().threads > before.threads || held().files > before.files;
  for (let round = 0; round < 100 && isMore(); round += 1) {
    globalThis.gc?.();
    await sleep(20);
  }
  process.stdout.write(JSON.stringify({ grew: during.threads > before.threads, left: isMore() }));
}

void main(process.argv.slice(2));
