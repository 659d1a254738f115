/**
 * A service moves from port to port under the eyes of clients: `scripts/demo [--backend iptc|nft]`.
 * Both hosts are network namespaces; the machine's own network is not touched. Exit code 1: something was not as expected.
 */
import { parseArgs } from 'node:util';
import type { Download } from '../../test/support/host';
import type { Expected } from '../../test/support/probe-matrix';
import { Stage } from './stage';
import { drawMatrix, paint } from './table';

const BACKENDS = ['auto', 'iptc', 'nft'];

let differences = 0;

function say(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** Shows which command makes the change, makes it, and compares every way to the host with what is expected. */
async function step(stage: Stage, title: string, commands: string[], ports: Record<number, Expected>): Promise<void> {
  say(`\n${paint('bold', title)}`);
  for (const command of commands) {
    say(`server# portshift ${command}`);
    const output = await stage.portshift(command.split(' '));
    if (output) say(output);
  }
  const matrix = await stage.probe(new Map(Object.entries(ports).map(([port, expected]) => [Number(port), expected])));
  say(drawMatrix(matrix));
  differences += matrix.differences.length;
  const { length } = matrix.cells;
  if (matrix.differences.length === 0) say(paint('green', `All ${length} probes as expected.`));
  else say(paint('red', `${matrix.differences.length} of ${length} probes not as expected.`));
}

/** The download must go on after the move, and come to its end with every byte. */
async function finishDownload(stage: Stage, download: Download): Promise<void> {
  const atMove = await download.status();
  say(`A download began on 8445 before the move; ${atMove.bytes} bytes of it have come.`);
  let now = atMove;
  while (now.state === 'running' && now.bytes === atMove.bytes) now = await download.status();
  say(`It goes on: ${now.bytes} bytes.`);
  await stage.releaseDownloads();
  const { state, bytes, announced, error = '' } = await download.end();
  say(paint(state === 'complete' ? 'green' : 'red', `It is ${state}: ${bytes} bytes of ${announced}. ${error}`.trim()));
  if (state !== 'complete') differences += 1;
}

async function walkThrough(stage: Stage): Promise<void> {
  const before = { 8443: 'open blue', 8445: 'refused', 8446: 'refused', 9443: 'open green' } as const;
  await step(stage, '1. Before: blue listens on 8443, green on 9443.', [], before);
  await step(
    stage,
    '2. Published on 8445; 8443 is closed to direct access.',
    ['publish 8445:8443 --name web', 'list'],
    {
      ...before,
      8443: 'timeout',
      8445: 'open blue',
    },
  );
  const moved = { ...before, 8443: 'timeout', 8446: 'open blue' } as const;
  const download = await stage.startDownload(8445);
  await step(stage, '3. Moved to 8446, while a download on 8445 goes on.', ['move web 8446'], moved);
  await finishDownload(stage, download);
  await step(stage, '4. Retargeted to green: 9443 is closed, 8443 is open again.', ['retarget web 9443'], {
    ...before,
    8446: 'open green',
    9443: 'timeout',
  });
  await step(stage, '5. Rolled back to blue.', ['rollback'], moved);
  await step(stage, '6. Withdrawn: everything is as before.', ['withdraw web'], before);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { backend: { type: 'string', default: 'auto' } } });
  const { backend } = values;
  if (!BACKENDS.includes(backend)) throw new Error(`--backend ${backend}: it is one of ${BACKENDS.join(', ')}`);
  const stage = await Stage.build(backend);
  try {
    await walkThrough(stage);
  } finally {
    await stage.remove();
  }
  say();
  if (differences === 0) say(paint('green', 'Everything was as expected.'));
  else say(paint('red', `${differences} differences.`));
}

main().then(
  () => {
    process.exitCode = differences === 0 ? 0 : 1;
  },
  (error: unknown) => {
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
