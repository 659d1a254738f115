import type { Backend, Installed, ReadOptions } from '../backends/backend';
import { type Change, isEmpty } from '../model/change';
import { type Entry, entryKey } from '../model/entry';
import { Journal } from '../model/journal';
import { Ruleset } from '../model/ruleset';
import { FirewallError } from '../util/errors';
import { collected, sliced } from '../util/slices';
import type { Announcer, Observer } from './bystanders';
import { loadRuleset } from './edits';
import { mendingOf } from './view';

/** How often damage is repaired in a row, as other programs may damage the rules again. */
const ATTEMPTS = 100;

/** This process's copy of the rules that one owner has in the kernel. */
export class KnownRules {
  ruleset = new Ruleset();
  readonly journal = new Journal();
  /** True if the rules were read since the current commit was begun. */
  isFresh = false;
  /** True if the backend can commit on what it last read. */
  isCurrent = false;
  observer: Observer | undefined;
  /** Descriptions of the damage that was found and repaired. */
  readonly repaired: string[] = [];
  #loaded = false;

  constructor(
    readonly backend: Backend,
    readonly announcer: Announcer | undefined,
  ) {}

  /** Reads what the kernel holds, after repairing what a crash or another program left incomplete. */
  async refresh(options: ReadOptions): Promise<Installed> {
    const { signal } = options;
    const previous = this.ruleset;
    previous.revertTo(0);
    const wasCurrent = this.isCurrent;
    this.isCurrent = false;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const installed = await this.backend.read(options);
      if (this.observer !== undefined) await sliced(this.observer.seen(installed));
      else if (attempt === 0 && wasCurrent && installed.isKnown) {
        this.isFresh = true;
        this.isCurrent = true;
        return installed;
      }
      const found = await sliced(collected(installed.entries));
      const change = await sliced(mendingOf(installed, found, this.observer));
      if (installed.damage.length > 0 || installed.leftover || !isEmpty(change)) {
        await this.#mend(installed, change, signal);
        continue;
      }
      this.ruleset = await sliced(loadRuleset(found));
      if (this.#loaded) await sliced(this.#journalForeign(previous));
      this.#loaded = true;
      this.isFresh = true;
      this.isCurrent = true;
      return installed;
    }
    throw new FirewallError(
      'ERR_CONFLICT',
      "this owner's rules are damaged, and were damaged again after every repair",
    );
  }

  async #mend(installed: Installed, change: Change, signal: AbortSignal | undefined): Promise<void> {
    if (change.removed.length > 0) await this.announcer?.repairing(change);
    if ((await this.backend.commit(change, signal)) !== 'committed') return;
    this.repaired.push(...new Set(installed.damage.length > 0 ? installed.damage : mendedBy(change)));
    if (installed.damage.length > 0 || !isEmpty(change)) this.observer?.mended(change);
  }

  *#journalForeign(previous: Ruleset): Generator<void> {
    const added: Entry[] = [];
    const removed: Entry[] = [];
    for (const entry of this.ruleset.entries()) {
      if (!previous.has(entry)) added.push(entry);
      yield;
    }
    for (const entry of previous.entries()) {
      if (!this.ruleset.has(entry)) removed.push(entry);
      yield;
    }
    if (added.length > 0 || removed.length > 0) this.journal.record({ added, removed });
  }
}

/**
 * Describes a repair where no table is damaged by itself, such as one after a crash between the commits of two tables.
 */
function mendedBy({ added, removed }: Change): string[] {
  return [
    ...added.map((entry) => `"${entryKey(entry)}" is missing`),
    ...removed.map((entry) => `"${entryKey(entry)}" is left over`),
  ];
}
