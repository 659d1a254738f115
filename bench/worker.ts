import { measurePressure, measureUpkeep, type PressureOptions, type UpkeepOptions } from './pressure';

type Task = ['pressure', PressureOptions] | ['upkeep', UpkeepOptions];

async function main([what, options]: Task): Promise<void> {
  const result = what === 'pressure' ? await measurePressure(options) : await measureUpkeep(options);
  console.log(JSON.stringify(result));
}

void main(JSON.parse(process.argv[2] ?? '') as Task);
