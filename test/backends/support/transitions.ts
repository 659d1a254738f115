import assert from 'node:assert/strict';
import { ROOM } from '../../../lib/backends/iptc/installed';
import { difference } from '../../../lib/model/change';
import { type Entry, entryKey } from '../../../lib/model/entry';
import type { Mark } from '../../../lib/model/mark';
import type { Fate, Probe } from './packet-walk';
import { broken, fatesAfter, fatesOf } from './probes';
import { finish, Simulation } from './simulation';

/** A moment in a change, after one of its steps. */
export interface Moment {
  /** `3 of 5, ipv6 nat`. */
  readonly where: string;
  readonly fates: readonly Fate[];
  /** The tables as they were then. */
  readonly tables: Simulation;
}

export interface Transition {
  readonly before: readonly Fate[];
  readonly after: readonly Fate[];
  readonly moments: readonly Moment[];
}

/**
 * Installs one ruleset, turns it into the other, and looks at every probe after every step.
 * @param room see `Simulation`
 * @param mark see `Simulation`
 */
export async function transition(
  from: readonly Entry[],
  to: readonly Entry[],
  probes: readonly Probe[],
  room: number = ROOM,
  mark?: Mark,
): Promise<Transition> {
  const tables = new Simulation(undefined, room, mark);
  await tables.become(from);
  const before = fatesOf(tables.kernel, probes);
  const steps = tables.plan(difference(from, to));
  const moments: Moment[] = [];
  tables.kernel.onStep = ({ family, table }) => {
    const where = `${moments.length + 1} of ${steps.length}, ${family} ${table}`;
    const fates = fatesAfter(tables.kernel, family, probes, moments.at(-1)?.fates ?? before);
    moments.push({ where, fates, tables: tables.fork() });
  };
  await tables.commit(steps);
  assert.deepEqual(finish(tables.read().damage()), []);
  return { before, after: moments.at(-1)?.fates ?? before, moments };
}

/** Every broken promise, in words. */
export function violations(
  { before, after }: Pick<Transition, 'before' | 'after'>,
  { where, fates }: Pick<Moment, 'where' | 'fates'>,
  probes: readonly Probe[],
): string[] {
  return probes.flatMap((probe, index) => {
    const [first, now, last] = [before[index], fates[index], after[index]];
    assert.ok(first !== undefined && now !== undefined && last !== undefined);
    const why = broken(first, now, last);
    if (why === undefined) return [];
    const { family, protocol, from, address, port, connection } = probe;
    return [`step ${where}: ${connection} ${family} ${protocol} from ${from} to ${address} port ${port}: ${why}`];
  });
}

/** Both rulesets in words, for the message of a failure. */
export function describeRulesets(from: readonly Entry[], to: readonly Entry[]): string {
  const list = (entries: readonly Entry[]) => entries.map((entry) => `    ${entryKey(entry)}`).join('\n');
  return `  from\n${list(from)}\n  to\n${list(to)}`;
}
