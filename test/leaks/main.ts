import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import type { BackendName } from '../../lib/backends/backend';
import { type Sample, samples } from './sample';

const WINDOWS = 10;
const USAGE = 'usage: scripts/leaks [--backend iptc|nft] [--commits N]';
const HEAD = ['commits', 'RSS', 'JavaScript', 'descriptors', 'threads', 'slab', 'reclaimable', 'percpu', 'vmalloc'];

function row({ commits, rss, js, descriptors, threads, kernel }: Sample): string[] {
  const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
  const { slab, reclaimable, percpu, vmalloc } = kernel;
  return [
    ...[commits.toLocaleString('en'), mebibytes(rss), mebibytes(js), String(descriptors), String(threads)],
    ...[slab, reclaimable, percpu, vmalloc].map(mebibytes),
  ];
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { backend: { type: 'string' }, commits: { type: 'string', default: '100000' } },
  });
  const backends: readonly BackendName[] = (['iptc', 'nft'] as const).filter(
    (name) => values.backend === undefined || values.backend === name,
  );
  if (backends.length === 0 || !/^[1-9]\d*0$/.test(values.commits)) {
    process.stderr.write(`${USAGE}    N: a multiple of ${WINDOWS}\n`);
    return 2;
  }
  for (const backend of backends) {
    const table = new Table({ head: HEAD, style: { head: [], border: [] } });
    for await (const sample of samples(backend, Number(values.commits) / WINDOWS, WINDOWS)) table.push(row(sample));
    process.stdout.write(`${backend}; memory in MiB, the kernel's that of the whole machine\n${table}\n`);
  }
  return 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
