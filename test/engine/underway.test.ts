import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { Installed } from '../../lib/backends/backend';
import { Committer } from '../../lib/engine/committer';
import type { AtOnce } from '../../lib/engine/edit';
import type { Change } from '../../lib/model/change';
import { type Entry, entryKey } from '../../lib/model/entry';
import { markDrop } from '../../lib/model/mark-drop';
import type { Ruleset } from '../../lib/model/ruleset';
import { FirewallError } from '../../lib/util/errors';
import { StubBackend } from './stub-backend';

/** How a commit ends; `foreign`: another process has closed a port before it. */
type Fate = 'committed' | 'foreign' | 'refused' | 'fault';

const FATES = ['committed', 'committed', 'committed', 'foreign', 'refused', 'fault'] as const;

/** Holds what was committed, and takes only what fits it exactly. */
class Kernel extends StubBackend {
  readonly editsPerCommit = 3;
  readonly held = new Map<string, Entry>();
  readonly fates: Fate[] = [];
  /** How often a commit was asked for while another one was under way. */
  followed = 0;
  #underWay = 0;
  #last: Promise<boolean> = Promise.resolve(true);
  #foreignPort = 60_000;

  async read(): Promise<Installed> {
    assert.equal(this.#underWay, 0);
    const entries = [...this.held.values()].map((entry) => ({ entry, state: 'whole' as const, packets: 0 }));
    return { entries, counted: [], damage: [], intruders: [], leftover: false, isKnown: false, isWhole: true };
  }

  async commit(change: Change, signal?: AbortSignal, later = false): Promise<'committed' | 'stale'> {
    assert.ok(later || this.#underWay === 0);
    const before = this.#underWay === 0 ? Promise.resolve(true) : this.#last;
    if (this.#underWay > 0) this.followed += 1;
    this.#underWay += 1;
    const result = this.#after(before, change, signal);
    this.#last = result.then(
      (made) => made === 'committed',
      () => false,
    );
    return result.finally(() => {
      this.#underWay -= 1;
    });
  }

  async #after(before: Promise<boolean>, change: Change, signal?: AbortSignal): Promise<'committed' | 'stale'> {
    const isMade = await before;
    await sleep(0);
    if (!isMade) return 'stale';
    signal?.throwIfAborted();
    const fate = this.fates.shift() ?? 'committed';
    if (fate === 'foreign') {
      this.#put(closed(this.#foreignPort));
      this.#foreignPort += 1;
      return 'stale';
    }
    if (fate === 'refused') throw new FirewallError('ERR_COMMIT', 'refused');
    if (fate === 'fault') throw new TypeError('a fault');
    for (const entry of change.removed) assert.ok(this.held.delete(entryKey(entry)), entryKey(entry));
    for (const entry of change.added) this.#put(entry);
    return 'committed';
  }

  #put(entry: Entry): void {
    assert.ok(!this.held.has(entryKey(entry)), entryKey(entry));
    this.held.set(entryKey(entry), entry);
  }
}

const closed = (port: number, established: 'keep' | 'drop' = 'keep'): Entry => ({
  rule: markDrop({ port, established }),
});

/** Closes a port that is open, or opens it. */
const turning = (port: number): AtOnce<boolean> => ({
  run(ruleset: Ruleset) {
    const entry = closed(port);
    const isClosed = ruleset.has(entry);
    if (isClosed) ruleset.remove(entry);
    else ruleset.add(entry);
    return !isClosed;
  },
});

describe('Commits that are asked for while the one before them is under way', () => {
  it('are made behind it', async () => {
    const kernel = new Kernel();
    const committer = new Committer(kernel);
    await committer.refresh();
    await Promise.all([1, 2, 3, 4, 5, 6, 7].map((port) => committer.edit(turning(port), () => port)));
    assert.deepEqual(
      [...kernel.held.keys()].sort(),
      [1, 2, 3, 4, 5, 6, 7].map((port) => `markDrop tcp ${port}`),
    );
    assert.equal(kernel.followed, 2);
  });

  it('answer, whatever becomes of any of them, what the kernel then holds', async () => {
    const fates = fc.array(fc.constantFrom(...FATES), { maxLength: 12 });
    const calls = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 30 });
    let followed = 0;
    await fc.assert(
      fc.asyncProperty(fates, calls, async (wanted, ports) => {
        const kernel = new Kernel();
        kernel.fates.push(...wanted);
        const committer = new Committer(kernel);
        await committer.refresh();
        const results = await Promise.allSettled(
          ports.map((port) => committer.edit(turning(port), ({ value }) => ({ port, isClosed: value }))),
        );
        const last = new Map<number, boolean>();
        for (const result of results) {
          if (result.status === 'fulfilled') last.set(result.value.port, result.value.isClosed);
        }
        for (const [port, isClosed] of last) assert.equal(kernel.held.has(entryKey(closed(port))), isClosed);
        followed += kernel.followed;
      }),
      { numRuns: 300 },
    );
    assert.ok(followed > 150);
  });

  it('of calls that are given up are not made', async () => {
    const kernel = new Kernel();
    const committer = new Committer(kernel);
    await committer.refresh();
    const giveUp = new AbortController();
    const calls = [1, 2, 3, 4, 5].map((port) =>
      committer.edit(turning(port), () => port, port === 5 ? { signal: giveUp.signal } : {}),
    );
    await calls[0];
    giveUp.abort(new Error('enough'));
    const results = await Promise.allSettled(calls);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'fulfilled', 'fulfilled', 'rejected'],
    );
    assert.deepEqual(
      [...kernel.held.keys()].sort(),
      [1, 2, 3, 4].map((port) => `markDrop tcp ${port}`),
    );
    assert.equal(kernel.followed, 1);
  });

  it('are not, where connections are to be cut that go by what the ruleset holds', async () => {
    const kernel = new Kernel();
    const committer = new Committer(kernel);
    await committer.refresh();
    const cutting: AtOnce<void> = { run: (ruleset) => ruleset.add(closed(9, 'drop')) };
    await Promise.all([
      committer.edit(cutting, () => undefined),
      ...[1, 2, 3, 4].map((port) => committer.edit(turning(port), () => port)),
    ]);
    assert.equal(kernel.held.size, 5);
    assert.equal(kernel.followed, 0);
  });
});
