import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { BackendName } from '../../lib/backends/backend';
import { Namespace } from '../support/namespace';

/** What a process that makes commits, and the kernel, hold after so many of them; memory in bytes. */
export interface Sample {
  readonly commits: number;
  /** Of the process, after a collection of garbage. */
  readonly rss: number;
  /** JavaScript's objects, and what they hold outside its heap. */
  readonly js: number;
  readonly descriptors: number;
  readonly threads: number;
  /** Of the whole machine (/proc/meminfo, proc(5)): SUnreclaim, SReclaimable, Percpu and VmallocUsed. */
  readonly kernel: {
    readonly slab: number;
    readonly reclaimable: number;
    readonly percpu: number;
    readonly vmalloc: number;
  };
}

/** One sample before, and one after each window of so many commits, in a process and a namespace of their own. */
export async function* samples(backend: BackendName, commits: number, windows: number): AsyncGenerator<Sample> {
  await using namespace = await Namespace.create();
  const child = namespace.spawn(process.execPath, [
    ...['--expose-gc', '--require', 'tsx/cjs', join(__dirname, 'process.ts')],
    ...[backend, String(commits), String(windows)],
  ]);
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const closed = once(child, 'close');
  for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line) as Sample;
  const [code] = await closed;
  if (code !== 0) throw new Error(`the process that makes commits ended with ${code}: ${errors}`);
}
