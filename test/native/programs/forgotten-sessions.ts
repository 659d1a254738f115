import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { addon, changeOf, OPTIONS, PREFIX } from '../support/tables';

async function useOne(): Promise<void> {
  const session = await addon().open({});
  const change = session.newChange(PREFIX);
  change.push(changeOf({ table: 'filter', operations: [] }));
  await session.commit('[]', OPTIONS, change);
  // What is under way keeps its session, whoever else does not.
  void session.read([{ family: 'ipv4', table: 'filter' }], OPTIONS);
  globalThis.gc?.();
}

/** Needs --expose-gc. Sessions, snapshots and changes that nobody keeps or closes leave no thread behind. */
async function main(): Promise<void> {
  const threads = () => readdirSync('/proc/self/task').length;
  const before = threads();
  for (let count = 0; count < 20; count++) await useOne();
  const during = threads();
  for (let round = 0; round < 100 && threads() > before; round++) {
    globalThis.gc?.();
    await sleep(20);
  }
  process.stdout.write(JSON.stringify({ grew: during > before, left: threads() - before }));
}

void main();
