import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SMOKE, WHOLE } from './extent';
import { measure } from './measure';
import { writeReport } from './report';
import { toTerminal } from './table';
import { tablesOf } from './tables';
import { targetTable } from './targets';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      smoke: { type: 'boolean', default: false },
      programs: { type: 'string', default: join(__dirname, '..', 'build-cmake', 'native', 'bench') },
      out: { type: 'string' },
    },
  });
  const results = await measure(values.smoke ? SMOKE : WHOLE, values.programs, (what) =>
    console.error(`bench: ${what}`),
  );
  for (const table of [...tablesOf(results), targetTable(results)]) console.log(`${toTerminal(table)}\n`);
  writeReport(results, { data: values.out ?? __dirname, page: values.out ?? join(__dirname, '..', 'docs') });
}

void main();
