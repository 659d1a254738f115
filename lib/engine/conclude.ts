import type { ConnectionFilter, Connections } from '../backends/connections';
import { type Ended, endConnections, forgetUnanswered } from '../connections/end';
import { cutBy, cuts, mayCut, mayTakeAlong, mayTakeAnyAlong, unansweredOn } from '../connections/filters';
import type { Change } from '../model/change';
import type { Entry } from '../model/entry';
import type { Journal, JournalPoint } from '../model/journal';
import type { Ruleset } from '../model/ruleset';
import type { FirewallError } from '../util/errors';
import { rest, Slice } from '../util/slices';
import type { Edited } from './edit';

const NONE: readonly never[] = [];
const NONE_ENDED: Ended = { connections: 0 };

/**
 * Finishes jobs whose changes are in the kernel: ends connections and answers the callers. It records all of the
 * changes in the journal before it answers any caller.
 */
export async function conclude(
  edited: readonly Edited[],
  ruleset: Ruleset,
  journal: Journal,
  connections: Connections,
): Promise<void> {
  const slice = new Slice();
  const points: JournalPoint[] = [];
  const leading = new Leading(ruleset);
  // Loops by index, because iterating over an array allocates an object per turn in a function that may have to wait.
  for (let index = 0; index < edited.length; index += 1) {
    const one = edited[index] as Edited;
    points.push(journal.record(one.change));
    leading.add(one);
    if (slice.step()) await rest();
  }
  if (leading.entries.length > 0) await leading.takeAlong(connections);
  for (let index = 0; index < edited.length; index += 1) {
    const one = edited[index] as Edited;
    const { job, value, change } = one;
    const filters = filtersOf(job.options.ends?.(value) ?? NONE, change, ruleset);
    const own = filters.length === 0 ? NONE_ENDED : await endConnections(connections, filters);
    const ended = leading.withFailure(one, own);
    job.answer(job.conclude({ value, change, point: points[index] as JournalPoint, ended }));
    if (slice.step()) await rest();
  }
}

/**
 * Returns the filters of the connections to end. A closing rule that another edit of the same commit removed again ends
 * no connections.
 */
function filtersOf(asked: readonly ConnectionFilter[], change: Change, ruleset: Ruleset) {
  if (!mayCut(change)) return asked;
  return [...cutBy(change.added.filter((entry) => cuts(entry) && ruleset.has(entry))), ...asked];
}

/**
 * The rules of a commit that redirect UDP clients which sent earlier and were never answered. From their next packet on
 * these clients reach a server.
 */
class Leading {
  readonly entries: Entry[] = [];
  readonly #concerned = new Set<Edited>();
  #failure: FirewallError | undefined;

  constructor(readonly ruleset: Ruleset) {}

  add(edited: Edited): void {
    const { change, job } = edited;
    if (!mayTakeAnyAlong(change)) return;
    const { staying } = job.options;
    for (const entry of change.added) {
      if (!mayTakeAlong(entry) || !this.ruleset.has(entry)) continue;
      if (entry.name !== undefined && staying?.has(entry.name)) continue;
      this.entries.push(entry);
      this.#concerned.add(edited);
    }
  }

  /** Forgets the flows of these clients in one pass through the kernel's connection tracking table. */
  async takeAlong(connections: Connections): Promise<void> {
    this.#failure = await forgetUnanswered(connections, unansweredOn(this.entries));
  }

  withFailure(edited: Edited, ended: Ended): Ended {
    if (this.#failure === undefined || ended.error !== undefined || !this.#concerned.has(edited)) return ended;
    return { ...ended, error: this.#failure };
  }
}
