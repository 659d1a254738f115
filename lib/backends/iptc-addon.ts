import type { Counters, Family, TableName } from '../tables/table-rule';
import type { ConnectionSession } from './connections';
import type { NetworkSession } from './network';

/** What `iptc.node` exports. The native side implements this file to the letter. */
export interface IptcAddon {
  /**
   * Starts one thread of its own, moves that thread alone into the namespace and answers when it is there.
   * Everything the session does happens on that thread; the process's other threads never change namespace.
   */
  open(options: IptcOpenOptions): Promise<IptcSession>;
}

export interface IptcOpenOptions {
  /** Path of a network namespace (`/run/netns/NAME`, `/proc/PID/ns/net`); absent: the caller's own. */
  readonly namespace?: string;
  /** The xtables lock; absent: `XTABLES_LOCKFILE` from the environment, else `/run/xtables.lock`. */
  readonly lockFile?: string;
}

export interface TableId {
  readonly family: Family;
  readonly table: TableName;
}

export interface IptcSession extends ConnectionSession, NetworkSession {
  /** `ipv6` is false in a namespace without IPv6 (no /proc/net/if_inet6). */
  readonly families: readonly Family[];
  /** Reads tables under the xtables lock. A table that nobody has used in the namespace is not created: it reads as absent. */
  read(tables: readonly TableId[], options: ReadOptions): Promise<NativeSnapshot>;
  /**
   * Reads tables as `read` does, without the lock: each as it is at one moment. It asks first whether this process may
   * have tables at all.
   */
  look(tables: readonly TableId[], options: Pick<ReadOptions, 'chainPrefix'>): Promise<NativeSnapshot>;
  /**
   * As of NftSession. A `small` change is taken to be about the same tables as the last one, if that changed one table
   * alone: the lock is taken and they are read while it is being planned, and let go of if no commit comes soon.
   */
  wake(small: boolean): void;
  /**
   * What is too much to cross at once: an empty list of steps, to be filled in pieces that never hold up the event loop,
   * and committed soon. Until then the session's thread may have the lock, as it reads the tables and edits them in
   * memory while more is being written; it lets go of it where nothing comes for a tenth of a second.
   * @param chainPrefix the same as in `commit`
   */
  newChange(chainPrefix: string): NativeChange;
  /**
   * Commits steps in order under one hold of the xtables lock, each as one libiptc transaction. What does not wait long
   * is done when this returns, or throws what a promise would reject with.
   * @param steps as stepsJson() writes them
   * @param before what goes before them, a change of this session
   */
  commit(steps: string, options: CommitOptions, before?: NativeChange): CommitResult | Promise<CommitResult>;
  /**
   * Whether running connections in the namespace have a translated port: they break when nothing needs connection
   * tracking any more. Reads the kernel's table of connections. True also where the kernel does not tell.
   */
  hasTranslatedConnections(): Promise<boolean>;
  /** Ends the wait for the lock of the call with that `wait`, if it waits: it rejects and has done nothing. */
  interrupt(wait: number): void;
  /** Ends the thread once the calls under way have ended. Idempotent. */
  close(): Promise<void>;
}

export interface ReadOptions {
  /** Only chains whose name begins so, and the rules of other chains that jump to one of them. Absent: everything. */
  readonly chainPrefix?: string;
  /** ms to wait for the xtables lock, 0 to 2^31-1. */
  readonly lockTimeout: number;
  /** What interrupt() is to call this wait, from 1; absent: nothing can interrupt it. */
  readonly wait?: number;
  /** A fingerprint for each table. Tables that have these are known, and their rules are not read. */
  readonly known?: readonly string[];
}

export interface CommitOptions extends ReadOptions {
  /** What fingerprints are taken over; the same as in `read`. */
  readonly chainPrefix: string;
}

export interface NativeSnapshot {
  readonly tables: readonly TableState[];
  /** Rules in all tables together. */
  readonly size: number;
  /** A slice of them, in the order of the tables, chains and rules, as readPage() reads them. */
  page(from: number, count: number): string;
  /** Whether all tables were as known: then there are no rules and no chains in it, but their counters. */
  readonly isKnown: boolean;
  /**
   * A page of what the rules of known tables have counted, from 0; undefined after the last. Rules of own chains that
   * have the same comment, in all tables but `filter`, are one.
   */
  counters(page: number): NativeCounters | undefined;
}

export interface NativeCounters {
  /** One a line. */
  readonly comments: string;
  readonly packets: Float64Array;
}

export interface TableState extends TableId {
  /** False where the table does not exist yet in this namespace. */
  readonly present: boolean;
  /** Whether there is a rule of anybody in it, or a policy that does not accept. Only of a table that was not known. */
  readonly used: boolean;
  /**
   * A hash over the chains that match `chainPrefix` and the jumps to them, counters left out. Equal fingerprints mean
   * equal rules in an equal order. An absent table has the fingerprint of one without such chains.
   */
  readonly fingerprint: string;
  /** Chains in the kernel's order: every one, or with `chainPrefix` those that match. `policy` and `counters` only for built-in ones. */
  readonly chains: readonly { readonly name: string; readonly policy?: string; readonly counters?: Counters }[];
}

export interface NativeChange {
  /**
   * Adds steps, as stepsJson() writes them. The session's thread reads them while this one goes on: where they are
   * something else, the commit rejects with a TypeError that says what; where they cannot be carried out, the commit
   * meets that again. Throws a TypeError once it was committed.
   */
  push(steps: string): void;
}

export type CommitResult =
  /** `fingerprints[i]` is the fingerprint of step i's table after that step. */
  | { readonly status: 'committed'; readonly fingerprints: readonly string[] }
  /** A table's fingerprint was not the expected one: nothing was changed. */
  | { readonly status: 'stale' };

/** What a rejected call carries, besides `message`. */
export interface NativeError extends Error {
  readonly kind:
    | 'namespace' // could not be opened or entered
    | 'lock' // the lock file could not be opened or locked
    | 'lock-timeout'
    | 'interrupted' // by interrupt()
    | 'open' // iptc_init failed
    | 'operation' // an operation failed in memory, before any commit of its step
    | 'commit' // iptc_commit failed
    | 'connections' // the kernel did not list or end connections
    | 'closed'
    | 'internal';
  /** A positive errno and its name, `EPERM`; absent where the kernel had no part in it. */
  readonly errno?: number;
  readonly errnoName?: string;
  /** The call that failed: `setns`, `flock`, `iptc_init`, `iptc_commit`, `iptc_append_entry`, ... */
  readonly syscall?: string;
  /** What a sandbox forbids where it is the reason: an address family such as `AF_NETLINK`, or the call's own name. */
  readonly forbidden?: string;
  readonly family?: Family;
  readonly table?: TableName;
  /** Index of the step and of the operation in it. */
  readonly step?: number;
  readonly operation?: number;
  /**
   * What became of the steps committed before the failure: 'nothing' there were none, 'undone' all of them were
   * reverted, 'partial' reverting failed too and `undoError` says why; the tables must be read again.
   */
  readonly left?: 'nothing' | 'undone' | 'partial';
  readonly undoError?: string;
}
