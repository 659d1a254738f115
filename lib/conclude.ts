import type { ConnectionFilter, Connections } from './backends/connections';
import { type Ended, endConnections } from './connections/end';
import { cutBy, cuts } from './connections/filters';
import type { Edited } from './edit';
import type { Journal, JournalPoint } from './plan/journal';
import type { Ruleset } from './plan/ruleset';
import type { Entry } from './rules/entry';
import { rest, Slice } from './slices';

const NONE: readonly never[] = [];
const NONE_ENDED: Ended = { connections: 0 };

/** The changes are in the kernel. All of them are in the journal before anybody learns of any. */
export async function conclude(
  edited: readonly Edited[],
  ruleset: Ruleset,
  journal: Journal,
  connections: Connections,
): Promise<void> {
  const slice = new Slice();
  const points: JournalPoint[] = [];
  for (const { change } of edited) {
    points.push(journal.record(change));
    if (slice.step()) await rest();
  }
  let index = 0;
  for (const { job, value, change } of edited) {
    const filters = filtersOf(job.options.ends?.(value) ?? NONE, change.added, ruleset);
    const ended = filters.length === 0 ? NONE_ENDED : await endConnections(connections, filters);
    job.resolve(job.conclude({ value, change, point: points[index] as JournalPoint, ended }));
    index += 1;
    if (slice.step()) await rest();
  }
}

/** What the others that share the commit took out again at once has cut off nobody. */
function filtersOf(asked: readonly ConnectionFilter[], added: readonly Entry[], ruleset: Ruleset) {
  if (!added.some(cuts)) return asked;
  return [...cutBy(added.filter((entry) => cuts(entry) && ruleset.has(entry))), ...asked];
}
