import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { openFirewall } from '../../lib';
import { Namespace } from '../support/namespace';
import { PORTS } from './programs/ports';
import { runProgram } from './support/program';

const threads = () => readdirSync('/proc/self/task').length;
const files = () => readdirSync('/proc/self/fd').length;

/** Threads and their files end a moment after what waits for them. */
async function assertNoMore(before: { readonly threads: number; readonly files: number }): Promise<void> {
  const isMore = () => threads() > before.threads || files() > before.files;
  for (let round = 0; round < 100 && isMore(); round += 1) await sleep(20);
  assert.ok(!isMore(), `${threads()} threads, ${files()} files, before ${JSON.stringify(before)}`);
}

describe('The library as a guest in a process', () => {
  let namespace: Namespace;

  beforeEach(async () => {
    namespace = await Namespace.create();
  });

  afterEach(() => namespace.remove());

  it('listens to nothing, catches no signal and prints nothing', async () => {
    const { code, stdout, stderr } = await runProgram(namespace, 'silent');
    assert.deepEqual([code, stderr], [0, '']);
    const [first, ...others] = JSON.parse(stdout) as unknown[];
    assert.equal(others.length, 4);
    for (const state of others) assert.deepEqual(state, first);
  });

  for (const backend of ['iptc', 'nft'] as const) {
    describe(`on ${backend}`, () => {
      it('has a hundred firewalls at once, and gives back what each took', async () => {
        const before = { threads: threads(), files: files() };
        const open = (index: number) =>
          openFirewall({ backend, namespace: namespace.path, owner: `o${index}`, lockTimeout: 20_000 });
        const firewalls = await Promise.all(Array.from({ length: 100 }, (_, index) => open(index)));
        await Promise.all(
          firewalls.map((firewall, index) => firewall.publish({ port: 9000 + index, targetPort: 7000 + index })),
        );
        const found = await Promise.all(firewalls.map((firewall) => firewall.published()));
        assert.deepEqual(
          found.map((ports) => ports.map(({ port }) => port)),
          firewalls.map((_, index) => [9000 + index]),
        );
        await Promise.all(firewalls.map((firewall) => firewall.close()));
        await assertNoMore(before);
      }).timeout(60_000);

      it('gives back what firewalls took that nobody closes', async () => {
        const { stdout, stderr } = await runProgram(namespace, 'forgotten-firewalls', [backend], {
          node: ['--expose-gc'],
        });
        assert.deepEqual([stdout, stderr], [JSON.stringify({ grew: true, left: false }), '']);
      });

      it('survives the end of worker threads in the middle of changes', async () => {
        const delays = [0, 2, 5, 10, 20, 40];
        await Promise.all(
          delays.map(async (delay, index) => {
            const worker = new Worker(join(__dirname, 'programs', 'publishing-worker.ts'), {
              workerData: { namespace: namespace.path, backend, owner: `o${index}` },
              execArgv: ['--require', 'tsx/cjs'],
            });
            await once(worker, 'message');
            await sleep(delay);
            await worker.terminate();
          }),
        );
        for (const index of delays.keys()) {
          await using firewall = await openFirewall({ backend, namespace: namespace.path, owner: `o${index}` });
          const { length } = await firewall.published();
          assert.ok(length === 0 || length === PORTS.length, `${length} ports`);
          await firewall.publishAll(PORTS.slice(0, 2));
          await firewall.clear();
        }
      }).timeout(60_000);
    });
  }
});
