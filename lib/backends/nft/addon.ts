import type { Family } from '../../model/table-rule';
import type { ConnectionSession } from '../connections';
import type { NetworkSession } from '../network';
import type { Hex, NftExpression } from './expression';
import type { ElementsOperation, NftOperation } from './operation';
import type { RulesetElement, RulesetItem } from './ruleset';

/** The exports of `nft.node`. The native side implements this file to the letter. */
export interface NftAddon {
  /**
   * Starts a thread, moves that thread alone into the namespace, opens a netlink socket there, and resolves when
   * nf_tables has answered. All work of the session runs on that thread, over that socket.
   */
  open(options: NftOpenOptions): Promise<NftSession>;
  /**
   * Starts another thread, which listens to changes of the namespace's ruleset from then on.
   * @param options an empty `table` stands for every table
   */
  watch(options: NftOpenOptions & { readonly table: string }): Promise<NftWatch>;
  /**
   * A class of empty batches for one table, which are filled in pieces small enough never to block the event loop.
   * @param family default `inet`, the only family of which `commit` and `check` take a batch
   */
  Batch: new (
    table: string,
    family?: BatchFamily,
  ) => NativeBatch;
}

export type BatchFamily = 'inet' | 'ip' | 'ip6';

export interface NftOpenOptions {
  /** The path of a network namespace (`/run/netns/NAME`, `/proc/PID/ns/net`). Absent: the caller's own. */
  readonly namespace?: string;
}

export interface NftSession extends ConnectionSession, NetworkSession {
  /** The families of the namespace. `ipv6` is missing in a namespace without IPv6 (no /proc/net/if_inet6). */
  readonly families: readonly Family[];
  /** The netlink port of the socket, by which the kernel names the owner of a table. */
  readonly port: number;
  /**
   * Reads one `inet` table, in one state. The session remembers it for the next `commit` and `read`.
   * @param depth `change`: of a known table, in a namespace whose ruleset has not changed, the result contains only the
   * fact that it is unchanged; default `all`
   */
  read(table: string, depth?: 'all' | 'change'): Promise<NativeTable>;
  /**
   * Resolves to true if nf_tables is in use in the namespace: a base chain has a rule, or a policy that does not
   * accept. Tables and chains alone, as iptables-nft creates them when it lists, do not count.
   */
  isInUse(): Promise<boolean>;
  /** Wakes the session's thread for a commit that is still being planned. */
  wake(): void;
  /**
   * Commits the batch as one transaction if its table still is as it was when it was last read or committed to,
   * whatever others have changed in the rest of the ruleset. The batch is empty afterwards. If the kernel answers
   * within microseconds, as it does unless another process changes the ruleset just then, the result is returned, or
   * the error thrown, when the call returns. After a commit that was not made, none is made until the table is read
   * again.
   * @param elements operations on elements, which are appended to the batch before it is committed
   * @param later true if the call must not wait for the kernel: it always returns a promise then
   */
  commit(batch: NativeBatch, elements?: Uint8Array, later?: boolean): NftCommitResult | Promise<NftCommitResult>;
  /** Lets the kernel validate the batch without ever committing it. Rejects as `commit` would. */
  check(batch: NativeBatch): Promise<void>;
  /** Reads the whole ruleset of the namespace, of all programs, at one generation. The session does not remember it. */
  ruleset(): Promise<NativeRuleset>;
  /**
   * Commits batches for any number of tables as one transaction if nothing in the namespace's ruleset has changed since
   * that generation; otherwise it resolves to `stale`, and nothing is committed. The batches are empty afterwards. The
   * session keeps what it remembers of the table that it has read: the next `commit` detects a change of that table.
   */
  commitForeign(batches: readonly NativeBatch[], generation: number): Promise<'committed' | 'stale'>;
  /** Resolves to true if running connections would break, as in IptcSession. */
  hasTranslatedConnections(): Promise<boolean>;
  /**
   * Closes the socket, with which a table that it owns is removed, and ends the thread once the calls in progress have
   * ended. Idempotent.
   */
  close(): Promise<void>;
}

/** A watch on the ruleset, which does not keep the event loop alive. */
export interface NftWatch {
  /**
   * Resolves to true when the table may have been changed since the last call, by whatever program, and to false once
   * the watch is closed. One call at a time.
   */
  changed(): Promise<boolean>;
  /** Closes the socket and ends the thread. Idempotent. */
  close(): Promise<void>;
}

export interface NativeBatch {
  /** Adds operations. Throws a TypeError for a value that no message can carry, as `elements` does. */
  push(operations: readonly Exclude<NftOperation, ElementsOperation>[]): void;
  /**
   * Adds operations on elements, in the format that an `ElementWriter` writes. They cross as one value, because a call
   * costs more the more values it passes.
   */
  elements(elements: Uint8Array): void;
  /**
   * Returns the messages so far, as they are sent except for their sequence numbers and the begin and end of the batch.
   */
  messages(): Hex[];
}

/** The handles that the kernel gave to the new rules, each with the index of its operation; or `stale`. */
export type NftCommitResult = readonly { readonly operation: number; readonly handle: number }[] | 'stale';

export interface NativeTable {
  readonly present: boolean;
  /** The flags NFT_TABLE_F_* of linux/netfilter/nf_tables.h. */
  readonly flags: number;
  /** The netlink port of the socket that owns the table, if one does. */
  readonly owner?: number;
  /** The number of chains, sets and other objects in the table, as the kernel counts them. */
  readonly use: number;
  /** The number of chains, sets and rules. */
  readonly size: number;
  readonly elementCount: number;
  /** True if the table is as it was when the session last read it or committed to it, apart from counters. */
  readonly isKnown: boolean;
  /** Returns a slice of the contents: all chains first, then all sets, then all rules. */
  page(from: number, count: number): NftItem[];
  /** Returns a slice of the elements, set by set, in the format that readElements() reads. */
  elements(from: number, count: number): string;
  /** Returns the counters of each set. */
  counters(): NftCounters[];
}

/** A ruleset that is fetched in pieces small enough never to block the event loop. Each item is decoded on demand. */
export interface NativeRuleset {
  readonly generation: number;
  /** The number of chains, sets and rules. */
  readonly size: number;
  readonly elementCount: number;
  /** Returns a slice of the contents: all chains first, then all sets, then all rules. */
  page(from: number, count: number): RulesetItem[];
  /** Returns a slice of the elements of all sets: those of the first set first, as many as its `size`, and so on. */
  elements(from: number, count: number): RulesetElement[];
}

/** The counters of one set. Elements that only end a range have none. */
export interface NftCounters {
  readonly set: string;
  /** The keys of the elements, one after the other, each as long as the set's keys are. */
  readonly keys: Uint8Array;
  readonly packets: Float64Array;
}

export type NftItem =
  /** A chain. `hook` is absent if it is not a base chain. Names that portshift does not use are numbers as text. */
  | {
      readonly item: 'chain';
      readonly chain: string;
      readonly type: string;
      readonly hook?: string;
      readonly priority: number;
      readonly accepts: boolean;
    }
  | {
      readonly item: 'set';
      readonly set: string;
      /** The flags NFT_SET_*. */
      readonly flags: number;
      readonly keyType: number;
      readonly keyLength: number;
      readonly dataType: number;
      readonly dataLength: number;
      readonly counter: boolean;
    }
  | {
      readonly item: 'rule';
      readonly chain: string;
      readonly handle: number;
      readonly expressions: readonly NftExpression[];
      readonly comment?: string;
    };

/** The properties that the error of a rejected call has besides `message`. */
export interface NftNativeError extends Error {
  readonly kind: 'namespace' | 'open' | 'commit' | 'closed' | 'internal';
  /** A positive errno and its name, for example `EPERM`. Absent if the error is not the kernel's. */
  readonly errno?: number;
  readonly errnoName?: string;
  /** The call that failed: `setns`, `socket`, `sendmsg`; `nf_tables` if the kernel rejected a message. */
  readonly syscall?: string;
  /** The address family, such as `AF_NETLINK`, or the call that a sandbox forbids, if that is the reason. */
  readonly forbidden?: string;
  /** The text of the kernel's extended acknowledgement. */
  readonly kernelText?: string;
  /** The index of the batch, of the operation in it, and of the element in that. */
  readonly step?: number;
  readonly operation?: number;
  readonly element?: number;
  /** 'nothing': nothing was changed. 'partial': it is not known whether anything was changed. */
  readonly left?: 'nothing' | 'partial';
}
