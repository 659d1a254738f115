import type { Change } from '../plan/change';
import type { Entry } from '../rules/entry';
import type { Mark } from '../rules/mark';
import type { Family } from '../tables/table-rule';
import type { Connections } from './connections';

export type BackendName = 'iptc' | 'nft' | 'memory';

/** One entry as it is installed. */
export interface InstalledEntry {
  readonly entry: Entry;
  /**
   * `whole`; or, after a crash or a foreign hand, `begun` where the part that is put in first is there, and `rest`
   * where only others are.
   */
  readonly state: 'whole' | 'begun' | 'rest';
  /** For redirects and loopbacks connections, for closed ports denied packets. */
  readonly packets: number;
}

/** What the kernel has counted for an entry; where a published port is all in one, for all of its entries with the first. */
export interface CountedEntry {
  readonly entry: Entry;
  /** Connections that were redirected. */
  readonly connections: number;
  /** Packets that were denied. */
  readonly denied: number;
}

export interface Installed {
  /** Each made as it is asked for. To be gone through before the next call of the backend. */
  readonly entries: Iterable<InstalledEntry>;
  /**
   * The same for who wants to know no more than what is published, and what was counted. What is given is good until the
   * next is asked for.
   */
  readonly counted: Iterable<CountedEntry>;
  /** What is not as portshift would have left it, in words. */
  readonly damage: readonly string[];
  /** Rules of others in own chains, in words: they stay, and may let in what is closed, or keep out what is published. */
  readonly intruders: readonly string[];
  /** Something that was left on purpose has served its purpose; the next commit removes it. */
  readonly leftover: boolean;
  /** The backend knew all of it from what it last read or committed: only what was counted may be new. */
  readonly isKnown: boolean;
  /** Every published port is there with all that belongs to it, and once: there is nothing to put together. */
  readonly isWhole: boolean;
}

export interface ReadOptions {
  /** Ends the wait for a lock. */
  readonly signal?: AbortSignal | undefined;
  /** Whether `packets` must be what they are now, even where nothing else has changed. Default true. */
  readonly counters?: boolean;
}

/**
 * One owner's rules in one kernel. A backend remembers what it last read or committed, and commits only if the kernel
 * still holds that: compare and swap. Calls must not overlap, but for commits that follow one another.
 */
export interface Backend {
  readonly name: BackendName;
  /** What the namespace has. */
  readonly families: readonly Family[];
  /** The bits that are set on what is denied, as of the last read; undefined: none. */
  readonly mark: Mark | undefined;
  readonly connections: Connections;
  /**
   * How many edits that wait are best made in one commit: as many as there are, where a commit costs more than they do.
   * Where it is fewer, `commit` may be called while the commit before is under way.
   */
  readonly editsPerCommit: number;
  /** @throws FirewallError; the signal's reason, where it ended the wait for a lock */
  read(options?: ReadOptions): Promise<Installed>;
  /** A commit is about to come; a `small` one is planned in a moment. */
  prepare(small: boolean): void;
  /**
   * Makes the change, all or nothing, and repairs whatever damage was read. `stale`: the kernel no longer holds what
   * was last read; nothing was changed, read again.
   * @param later the caller does not wait for it at once, and may ask for another one right behind it: that is `stale`
   * where this one is not made
   * @throws FirewallError; the signal's reason, where it came before anything was changed
   */
  commit(change: Change, signal?: AbortSignal, later?: boolean): Promise<'committed' | 'stale'>;
  /**
   * Has `touched` called whenever the owner's rules may have been changed, by whomever, and `failed` where that can no
   * longer be told for now. Keeps no process alive.
   * @param interval ms between two looks, where the kernel tells nobody of changes by itself
   * @throws FirewallError
   */
  listen(touched: () => void, failed: (error: unknown) => void, interval: number): Promise<Listening>;
  close(): Promise<void>;
}

export interface Listening {
  /** When it resolves, nothing is left of it. Idempotent. */
  close(): Promise<void>;
}
