import type { ConnectionFilter, Connections } from './backends/connections';
import { type Ended, endConnections } from './connections/end';
import { cutBy, cuts, mayCut } from './connections/filters';
import type { Edited } from './edit';
import type { Change } from './plan/change';
import type { Journal, JournalPoint } from './plan/journal';
import type { Ruleset } from './plan/ruleset';
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
  // By their indices: a loop through an array makes an object for every turn where it may have to wait.
  for (let index = 0; index < edited.length; index += 1) {
    points.push(journal.record((edited[index] as Edited).change));
    if (slice.step()) await rest();
  }
  for (let index = 0; index < edited.length; index += 1) {
    const { job, value, change } = edited[index] as Edited;
    const filters = filtersOf(job.options.ends?.(value) ?? NONE, change, ruleset);
    const ended = filters.length === 0 ? NONE_ENDED : await endConnections(connections, filters);
    job.answer(job.conclude({ value, change, point: points[index] as JournalPoint, ended }));
    if (slice.step()) await rest();
  }
}

/** What the others that share the commit took out again at once has cut off nobody. */
function filtersOf(asked: readonly ConnectionFilter[], change: Change, ruleset: Ruleset) {
  if (!mayCut(change)) return asked;
  return [...cutBy(change.added.filter((entry) => cuts(entry) && ruleset.has(entry))), ...asked];
}
