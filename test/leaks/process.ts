import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Firewall, openFirewall, type PublishedPort } from '../../lib';
import type { BackendName } from '../../lib/backends/backend';
import type { Sample } from './sample';

/**
 * Makes so many commits in the namespace that it runs in, and says before the first and after each window of them what it
 * and the kernel hold. A firewall is closed and another one opened as often as 500 commits.
 * usage: process.ts BACKEND COMMITS WINDOWS    with --expose-gc; COMMITS in each of WINDOWS
 */
const COMMITS_OF_A_FIREWALL = 500;
/** The kernel frees much of what a commit replaces only after a while. */
const SETTLING_MS = 200;
const KERNEL = ['SUnreclaim', 'SReclaimable', 'Percpu', 'VmallocUsed'] as const;

/** Every kind of change of published ports, over and over: one commit each time. */
async function* commits(firewall: Firewall): AsyncGenerator<void, void> {
  const other = { name: 'other', protocol: 'udp', port: 7000, targetPort: 7443, deny: 'reject' } as const;
  const web = await firewall.publish({ name: 'web', port: 8445, targetPort: 8443 });
  for (;;) {
    const steps: ((at: { other?: PublishedPort }) => Promise<unknown>)[] = [
      () => web.move(8446),
      async (at) => {
        at.other = await firewall.publish(other);
      },
      () => web.retarget(9443),
      (at) => at.other?.move(7001) ?? Promise.reject(new Error('nothing is published')),
      () => web.move(8445),
      (at) => at.other?.withdraw() ?? Promise.reject(new Error('nothing is published')),
      () => web.retarget(8443),
    ];
    const at: { other?: PublishedPort } = {};
    for (const step of steps) {
      await step(at);
      yield;
    }
  }
}

async function make(backend: BackendName, count: number): Promise<void> {
  for (let left = count; left > 0; left -= COMMITS_OF_A_FIREWALL) {
    await using firewall = await openFirewall({ backend });
    const changes = commits(firewall);
    for (let i = Math.min(left, COMMITS_OF_A_FIREWALL); i > 0; i -= 1) await changes.next();
    await firewall.clear();
  }
}

function kernelMemory(): Sample['kernel'] {
  const lines = readFileSync('/proc/meminfo', 'utf8').split('\n');
  const bytes = (name: string) => {
    const kibibytes = lines.find((line) => line.startsWith(`${name}:`))?.match(/\d+/)?.[0];
    if (kibibytes === undefined) throw new Error(`/proc/meminfo has no ${name}`);
    return Number(kibibytes) * 1024;
  };
  const [slab, reclaimable, percpu, vmalloc] = KERNEL.map(bytes) as [number, number, number, number];
  return { slab, reclaimable, percpu, vmalloc };
}

async function sample(commits: number): Promise<Sample> {
  await sleep(SETTLING_MS);
  for (let i = 0; i < 3; i += 1) globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  const descriptors = readdirSync('/proc/self/fd').length;
  return {
    commits,
    rss,
    js: heapUsed + external,
    descriptors,
    threads: readdirSync('/proc/self/task').length,
    kernel: kernelMemory(),
  };
}

async function main([backend, count, windows]: string[]): Promise<void> {
  const say = async (commits: number) => process.stdout.write(`${JSON.stringify(await sample(commits))}\n`);
  // What is made when it is first used, and what compilers of JavaScript hold, is there then.
  await make(backend as BackendName, Number(count));
  await say(0);
  for (let window = 1; window <= Number(windows); window += 1) {
    await make(backend as BackendName, Number(count));
    await say(window * Number(count));
  }
}

void main(process.argv.slice(2));
