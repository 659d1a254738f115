import type { Change } from '../model/change';
import type { Entry } from '../model/entry';
import type { Mark } from '../model/mark';
import type { Family } from '../model/table-rule';
import type { Connections } from './connections';

export type BackendName = 'iptc' | 'nft' | 'memory';

/** An installed entry. */
export interface InstalledEntry {
  readonly entry: Entry;
  /**
   * `whole` if the entry is complete. After a crash or a change by another program it is `begun` if the part that is
   * installed first is there, and `rest` if only other parts are.
   */
  readonly state: 'whole' | 'begun' | 'rest';
  /** The number of connections for redirects and loopbacks, the number of denied packets for closed ports. */
  readonly packets: number;
}

/**
 * The kernel's counters for an entry. If the backend installs a published port as one element, they cover all of the
 * port's entries and are given with the first one.
 */
export interface CountedEntry {
  readonly entry: Entry;
  /** The number of connections that were redirected. */
  readonly connections: number;
  /** The number of packets that were denied. */
  readonly denied: number;
}

export interface Installed {
  /** The installed entries. Each is created on demand; they must be iterated before the next call of the backend. */
  readonly entries: Iterable<InstalledEntry>;
  /**
   * The counters of the entries, for callers that need only what is published and what was counted. Each value is valid
   * until the next one is requested.
   */
  readonly counted: Iterable<CountedEntry>;
  /** Descriptions of everything that is not as portshift would have left it. */
  readonly damage: readonly string[];
  /**
   * Descriptions of foreign rules in portshift's own chains. They stay, and may let in what is closed or keep out what
   * is published.
   */
  readonly intruders: readonly string[];
  /** True if something that was left on purpose is no longer needed. The next commit removes it. */
  readonly leftover: boolean;
  /** True if the backend had all of it from the last read or commit. Only counters may be new. */
  readonly isKnown: boolean;
  /**
   * True if it is certain that every published port is complete and installed once, so that nothing has to be
   * assembled.
   */
  readonly isWhole: boolean;
}

export interface ReadOptions {
  /** Aborts the wait for a lock. */
  readonly signal?: AbortSignal | undefined;
  /** True if `packets` must be current, even if nothing else has changed. Default: true. */
  readonly counters?: boolean;
}

/**
 * The rules of one owner in one kernel. A backend remembers what it last read or committed, and commits only if the
 * kernel still holds that (compare and swap). Calls must not overlap, except for commits that follow one another.
 */
export interface Backend {
  readonly name: BackendName;
  /** The address families that the namespace has. */
  readonly families: readonly Family[];
  /** The bits that are set on denied packets, as of the last read. Undefined: there are none. */
  readonly mark: Mark | undefined;
  readonly connections: Connections;
  /**
   * The number of waiting edits that are best made in one commit. It is infinite if a commit costs more than the edits
   * do. If it is finite, `commit` may be called while the commit before is in progress.
   */
  readonly editsPerCommit: number;
  /**
   * Reads what is installed.
   * @throws FirewallError; the signal's reason if it aborted the wait for a lock
   */
  read(options?: ReadOptions): Promise<Installed>;
  /** Prepares for a commit that follows. A `small` one is planned within a moment. */
  prepare(small: boolean): void;
  /**
   * Commits the change, all or nothing, and repairs the damage that was read. Resolves to `stale` if the kernel no
   * longer holds what was last read: nothing was changed then, and the caller must read again.
   * @param later true if the caller does not wait for this commit at once, and may issue the next one before it
   * settles; the next one resolves to `stale` if this one is not made
   * @throws FirewallError; the signal's reason if it was aborted before anything was changed
   */
  commit(change: Change, signal?: AbortSignal, later?: boolean): Promise<'committed' | 'stale'>;
  /**
   * Calls `touched` whenever the owner's rules may have been changed, by whatever program, and `failed` if changes
   * cannot be detected for now. Does not keep the process alive.
   * @param interval ms between two polls of a backend that the kernel does not notify of changes
   * @throws FirewallError
   */
  listen(touched: () => void, failed: (error: unknown) => void, interval: number): Promise<Listening>;
  close(): Promise<void>;
}

export interface Listening {
  /** Stops listening. Everything is released when the promise resolves. Idempotent. */
  close(): Promise<void>;
}
