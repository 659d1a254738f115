import type { Counters, Family, TableName } from '../model/table-rule';
import type { TableOperation } from '../model/table-step';
import type { ConnectionSession } from './connections';
import type { NetworkSession } from './network';

/** The exports of `iptc.node`. The native side implements this file to the letter. */
export interface IptcAddon {
  /**
   * Starts a thread, moves that thread alone into the namespace, and resolves when it is there. All work of the session
   * runs on that thread; the process's other threads never change their namespace.
   */
  open(options: IptcOpenOptions): Promise<IptcSession>;
}

export interface IptcOpenOptions {
  /** The path of a network namespace (`/run/netns/NAME`, `/proc/PID/ns/net`). Absent: the caller's own. */
  readonly namespace?: string;
  /** The path of the xtables lock. Absent: `XTABLES_LOCKFILE` of the environment, or else `/run/xtables.lock`. */
  readonly lockFile?: string;
}

export interface TableId {
  readonly family: Family;
  readonly table: TableName;
}

export interface IptcSession extends ConnectionSession, NetworkSession {
  /** The families of the namespace. `ipv6` is missing in a namespace without IPv6 (no /proc/net/if_inet6). */
  readonly families: readonly Family[];
  /**
   * Reads tables under the xtables lock. A table that was never used in the namespace is not created: it reads as
   * absent.
   */
  read(tables: readonly TableId[], options: ReadOptions): Promise<NativeSnapshot>;
  /**
   * Reads tables as `read` does, but without the lock: each table as it is at one moment. Checks first whether this
   * process may use tables at all.
   */
  look(tables: readonly TableId[], options: Pick<ReadOptions, 'chainPrefix'>): Promise<NativeSnapshot>;
  /**
   * Wakes the session's thread, as in NftSession. A `small` change is assumed to concern the same tables as the last
   * one, if that changed only one table: the lock is taken and the tables are read while the change is being planned,
   * and the lock is released if no commit follows soon.
   */
  wake(small: boolean): void;
  /**
   * Creates an empty list of steps, for a change that is too large to be passed at once. The list is filled in pieces
   * that never block the event loop, and committed soon. Until then the session's thread may hold the lock, as it reads
   * the tables and edits them in memory while more steps are being written. It releases the lock if nothing arrives for
   * a tenth of a second.
   * @param chainPrefix the same as in `commit`
   */
  newChange(chainPrefix: string): NativeChange;
  /**
   * Commits steps in order under one hold of the xtables lock, each as one libiptc transaction. If there is no long
   * wait, the result is returned, or the error thrown, when the call returns; otherwise it returns a promise.
   * @param steps the text that stepsJson() writes
   * @param before a change of this session whose steps come first
   */
  commit(steps: string, options: CommitOptions, before?: NativeChange): CommitResult | Promise<CommitResult>;
  /**
   * Resolves to true if running connections in the namespace have a translated port: they break when nothing needs
   * connection tracking any more. Reads the kernel's table of connections. Resolves to true as well if the kernel does
   * not provide it.
   */
  hasTranslatedConnections(): Promise<boolean>;
  /** Ends the wait for the lock in the call with that `wait`, if it waits: the call rejects and has done nothing. */
  interrupt(wait: number): void;
  /** Ends the thread once the calls in progress have ended. Idempotent. */
  close(): Promise<void>;
}

export interface ReadOptions {
  /**
   * Only chains whose name begins with this are read, and the rules of other chains that jump to one of them. Absent:
   * everything is read.
   */
  readonly chainPrefix?: string;
  /** The time to wait for the xtables lock in ms, 0 to 2^31-1. */
  readonly lockTimeout: number;
  /** The number by which interrupt() names this wait, from 1. Absent: nothing can interrupt it. */
  readonly wait?: number;
  /** One fingerprint for each table. A table that still has its fingerprint is known, and its rules are not read. */
  readonly known?: readonly string[];
}

export interface CommitOptions extends ReadOptions {
  /** The prefix of the chains that the fingerprints cover, the same as in `read`. */
  readonly chainPrefix: string;
}

export interface NativeSnapshot {
  readonly tables: readonly TableState[];
  /** The number of rules in all tables together. */
  readonly size: number;
  /** Returns a slice of the rules, in the order of tables, chains and rules, in the format that readPage() reads. */
  page(from: number, count: number): string;
  /** True if all tables were known: the snapshot has no rules and no chains then, but it has the counters. */
  readonly isKnown: boolean;
  /**
   * Returns a page of the counters of known tables, from page 0, or undefined after the last page. The counters of
   * rules of own chains with the same comment are added up over all tables except `filter`.
   */
  counters(page: number): NativeCounters | undefined;
}

export interface NativeCounters {
  /** The comments of the rules, one per line. */
  readonly comments: string;
  readonly packets: Float64Array;
}

export interface TableState extends TableId {
  /** False if the table does not exist yet in this namespace. */
  readonly present: boolean;
  /** True if the table has any rule, or a policy that does not accept. Only for a table that was not known. */
  readonly used: boolean;
  /**
   * A hash over the chains that match `chainPrefix` and the jumps to them, without counters. Equal fingerprints mean
   * equal rules in an equal order. An absent table has the fingerprint of a table without such chains.
   */
  readonly fingerprint: string;
  /**
   * The chains in the kernel's order: all chains, or with `chainPrefix` those that match. Only built-in chains have a
   * `policy` and `counters`.
   */
  readonly chains: readonly { readonly name: string; readonly policy?: string; readonly counters?: Counters }[];
}

export interface NativeChange {
  /**
   * Adds steps in the format that stepsJson() writes. The session's thread reads them while the calling thread
   * continues. If they are malformed, the commit rejects with a TypeError that names the fault; an operation that
   * cannot be carried out fails again in the commit. Throws a TypeError if the change was already committed.
   */
  push(steps: string): void;
}

export type CommitResult =
  /** `fingerprints[i]` is the fingerprint of step i's table after that step. */
  | { readonly status: 'committed'; readonly fingerprints: readonly string[] }
  /** A table's fingerprint was not the expected one: nothing was changed. */
  | { readonly status: 'stale' };

/** The properties that the error of a rejected call has besides `message`. */
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
  /** A positive errno and its name, for example `EPERM`. Absent if the error is not the kernel's. */
  readonly errno?: number;
  readonly errnoName?: string;
  /** The call that failed: `setns`, `flock`, `iptc_init`, `iptc_commit`, `iptc_append_entry`, ... */
  readonly syscall?: string;
  /** The address family, such as `AF_NETLINK`, or the call that a sandbox forbids, if that is the reason. */
  readonly forbidden?: string;
  readonly family?: Family;
  readonly table?: TableName;
  /** The index of the step, and of the operation in it. */
  readonly step?: number;
  readonly operation?: number;
  /**
   * The state of the steps that were committed before the failure. 'nothing': there were none. 'undone': all of them
   * were reverted. 'partial': reverting failed as well, for the reason in `undoError`, and the tables must be read
   * again.
   */
  readonly left?: 'nothing' | 'undone' | 'partial';
  readonly undoError?: string;
}

/** A step of a change, or a part of one. */
export interface StepPart extends TableId {
  /**
   * The fingerprint that the table must have when the first step on it begins. Empty: any fingerprint. Undefined: this
   * part continues the step before it.
   */
  readonly expect: string | undefined;
  readonly operations: readonly TableOperation[];
}
