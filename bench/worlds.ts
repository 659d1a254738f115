import { join } from 'node:path';
import { Namespace } from '../test/support/namespace';
import type { CallerDelays, CallerOptions } from './caller';
import type { Pressure, PressureOptions, Upkeep, UpkeepOptions } from './pressure';

const ROOT = join(__dirname, '..');

/** Runs a task in a process and a namespace of its own. */
export async function pressure(options: PressureOptions): Promise<Pressure> {
  return (await work(['pressure', options])) as Pressure;
}

export async function caller(options: CallerOptions): Promise<CallerDelays> {
  return (await work(['caller', options])) as CallerDelays;
}

export async function upkeep(options: UpkeepOptions): Promise<Upkeep> {
  return (await work(['upkeep', options])) as Upkeep;
}

async function work(task: readonly [string, object]): Promise<unknown> {
  await using namespace = await Namespace.create();
  const script = ['--require', 'tsx/cjs', join(__dirname, 'worker.ts'), JSON.stringify(task)];
  const { stdout } = await namespace.exec(process.execPath, script, { cwd: ROOT, timeout: 600_000 });
  return JSON.parse(stdout);
}
