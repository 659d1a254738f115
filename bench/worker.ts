import { type CallerOptions, measureCaller } from './caller';
import { measurePressure, measureUpkeep, type PressureOptions, type UpkeepOptions } from './pressure';

type Task = ['pressure', PressureOptions] | ['caller', CallerOptions] | ['upkeep', UpkeepOptions];

function measured([what, options]: Task): Promise<unknown> {
  switch (what) {
    case 'pressure':
      return measurePressure(options);
    case 'caller':
      return measureCaller(options);
    case 'upkeep':
      return measureUpkeep(options);
  }
}

async function main(task: Task): Promise<void> {
  console.log(JSON.stringify(await measured(task)));
}

void main(JSON.parse(process.argv[2] ?? '') as Task);
