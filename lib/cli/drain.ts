import type { Command } from 'commander';
import type { PublishedPort } from '../api/published-port';
import { checkDrainOptions, type DrainOptions } from '../connections/drain';
import { FirewallError } from '../util/errors';
import { milliseconds } from './duration';
import { print, progress, remark } from './output';
import type { Session } from './session';

export interface DrainFlags {
  readonly waitDrained?: boolean;
  readonly timeout?: string;
  readonly interval?: string;
}

/** Adds the options of the commands that leave connections behind. */
export function addDrainOptions(command: Command): Command {
  return command
    .option('--wait-drained', 'wait until no connection uses the previous port or target any more')
    .option(
      '--timeout <time>',
      'with --wait-drained: give up after that, 30s or 5m; the change stands (default: never)',
    )
    .option('--interval <time>', 'with --wait-drained: how often to look, from 10ms (default: ever longer, up to 1s)');
}

/** Returns the options of the wait; undefined without `--wait-drained`. @throws FirewallError ERR_INVALID_ARGUMENT */
export function drainOptions({ waitDrained = false, timeout, interval }: DrainFlags): DrainOptions | undefined {
  const times = { ...timeOf('timeout', timeout), ...timeOf('interval', interval) };
  if (waitDrained) return checkDrainOptions(times);
  for (const [field, value] of Object.entries({ timeout, interval })) {
    if (value === undefined) continue;
    throw new FirewallError(
      'ERR_INVALID_ARGUMENT',
      `${field}: give --wait-drained as well, for there is nothing else to wait for`,
      { field, value },
    );
  }
  return undefined;
}

function timeOf(field: 'timeout' | 'interval', text: string | undefined): { [field: string]: number } {
  return text === undefined ? {} : { [field]: milliseconds(field, text, 1) };
}

/** Waits, and prints the number of connections to standard error: after every look on a terminal, otherwise once. */
export async function waitDrained({ json }: Session, published: PublishedPort, options: DrainOptions): Promise<void> {
  const terminal = process.stderr.isTTY && !json;
  let said = json;
  try {
    for await (const left of published.draining(options)) {
      if (left === 0) break;
      const text = `${published.name}: waiting for ${left} ${left === 1 ? 'connection' : 'connections'}`;
      if (terminal) progress(text);
      else if (!said) remark(text);
      said = true;
    }
  } finally {
    if (terminal) progress();
  }
  if (!json) print(`${published.name}: drained`);
}
