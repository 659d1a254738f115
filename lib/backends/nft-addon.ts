import type { Hex, NftExpression } from '../plan/nft-expression';
import type { ElementsOperation, NftOperation } from '../plan/nft-operation';
import type { RulesetElement, RulesetItem } from '../plan/nft-ruleset';
import type { Family } from '../tables/table-rule';
import type { ConnectionSession } from './connections';
import type { NetworkSession } from './network';

/** What `nft.node` exports. The native side implements this file to the letter. */
export interface NftAddon {
  /**
   * Starts one thread of its own, moves that thread alone into the namespace, opens a netlink socket there and answers
   * when nf_tables has answered. Everything the session does happens on that thread, over that socket.
   */
  open(options: NftOpenOptions): Promise<NftSession>;
  /**
   * Starts another thread, which listens to what is changed in the namespace's ruleset from then on.
   * @param options an empty `table` stands for every table
   */
  watch(options: NftOpenOptions & { readonly table: string }): Promise<NftWatch>;
  /**
   * An empty batch for one table, to be filled in pieces small enough never to hold up the event loop.
   * @param family default `inet`, the only one of which `commit` and `check` take a batch
   */
  Batch: new (
    table: string,
    family?: BatchFamily,
  ) => NativeBatch;
}

export type BatchFamily = 'inet' | 'ip' | 'ip6';

export interface NftOpenOptions {
  /** Path of a network namespace (`/run/netns/NAME`, `/proc/PID/ns/net`); absent: the caller's own. */
  readonly namespace?: string;
}

export interface NftSession extends ConnectionSession, NetworkSession {
  /** `ipv6` is false in a namespace without IPv6 (no /proc/net/if_inet6). */
  readonly families: readonly Family[];
  /** The socket's number, by which the kernel names the owner of a table. */
  readonly port: number;
  /**
   * One `inet` table, in one state. The session remembers it for the next `commit` and `read`.
   * @param depth `change`: of a table that is known, where nobody has changed anything in the namespace, nothing but
   * that it is is told; default `all`
   */
  read(table: string, depth?: 'all' | 'change'): Promise<NativeTable>;
  /**
   * Whether anybody uses nf_tables in the namespace: a base chain has a rule, or a policy that does not accept. Tables
   * and chains alone, as iptables-nft makes them when it lists, do nothing.
   */
  isInUse(): Promise<boolean>;
  /** A commit is about to come: its thread wakes up while that is being planned. */
  wake(): void;
  /**
   * Commits the batch as one transaction if its table still is what it was when it was last read or committed to,
   * whatever others have done to the rest of the ruleset. The batch is empty afterwards. Where the kernel answers in
   * microseconds, as it does unless somebody else changes the ruleset just then, the result is there, or thrown, when
   * the call returns. What follows one that was not made is not made either, until the table is read again.
   * @param elements what to add to the batch before
   * @param later does not wait for that: always a promise
   */
  commit(batch: NativeBatch, elements?: Uint8Array, later?: boolean): NftCommitResult | Promise<NftCommitResult>;
  /** Has the kernel look at the batch without ever committing it; rejects as `commit` would. */
  check(batch: NativeBatch): Promise<void>;
  /** All that nf_tables has in the namespace, anybody's, at one generation. Another one than `read` remembers. */
  ruleset(): Promise<NativeRuleset>;
  /**
   * Commits batches for any number of tables as one transaction if nothing in the namespace's ruleset has changed since
   * that generation; else `stale`, and nothing is committed. The batches are empty afterwards. What the session remembers
   * of the table that it has read stays: a change of that one is found out by the next `commit`.
   */
  commitForeign(batches: readonly NativeBatch[], generation: number): Promise<'committed' | 'stale'>;
  /** As of IptcSession. */
  hasTranslatedConnections(): Promise<boolean>;
  /** Closes the socket, and with it goes a table that it owns; ends the thread once the calls under way have ended. Idempotent. */
  close(): Promise<void>;
}

/** Does not keep the event loop alive. */
export interface NftWatch {
  /** Resolves when the table may have been changed since the last call, by whomever; with false once it is closed. One call at a time. */
  changed(): Promise<boolean>;
  /** Closes the socket and ends the thread. Idempotent. */
  close(): Promise<void>;
}

export interface NativeBatch {
  /** Throws a TypeError for a value that no message can carry, as `elements` does. */
  push(operations: readonly Exclude<NftOperation, ElementsOperation>[]): void;
  /** Operations on elements, as an `ElementWriter` writes them: what crosses costs the more the more parts it has. */
  elements(elements: Uint8Array): void;
  /** The messages so far, as they are sent but for their sequence numbers and the ends of the batch around them. */
  messages(): Hex[];
}

/** The kernel's numbers for the rules that were made, with the index of their operation. */
export type NftCommitResult = readonly { readonly operation: number; readonly handle: number }[] | 'stale';

export interface NativeTable {
  readonly present: boolean;
  /** NFT_TABLE_F_* of linux/netfilter/nf_tables.h. */
  readonly flags: number;
  /** The port of the socket that owns it, if one does. */
  readonly owner?: number;
  /** Chains, sets and other objects in it, as the kernel counts them. */
  readonly use: number;
  /** Chains, sets and rules. */
  readonly size: number;
  readonly elementCount: number;
  /** Whether it is what it was when the session last read it or committed to it, but for what was counted since. */
  readonly isKnown: boolean;
  /** A slice of what is in it: all chains, then all sets, all rules. */
  page(from: number, count: number): NftItem[];
  /** A slice of its elements, set by set, as readElements() reads them. */
  elements(from: number, count: number): string;
  /** What has been counted in each set. */
  counters(): NftCounters[];
}

/** To be taken out in pieces small enough never to hold up the event loop: each is decoded when it is asked for. */
export interface NativeRuleset {
  readonly generation: number;
  /** Chains, sets and rules. */
  readonly size: number;
  readonly elementCount: number;
  /** A slice of what is in it: all chains, then all sets, all rules. */
  page(from: number, count: number): RulesetItem[];
  /** A slice of the elements of all sets: those of the first set first, as many as its `size` says, and so on. */
  elements(from: number, count: number): RulesetElement[];
}

/** The elements of one set that count; those that only end a range do not. */
export interface NftCounters {
  readonly set: string;
  /** Their keys, one after the other, each as long as the set's keys are. */
  readonly keys: Uint8Array;
  readonly packets: Float64Array;
}

export type NftItem =
  /** `hook` is absent in a chain that is no base chain; names that portshift has no use for are numbers as text. */
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
      /** NFT_SET_*. */
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

/** What a rejected call carries, besides `message`. */
export interface NftNativeError extends Error {
  readonly kind: 'namespace' | 'open' | 'commit' | 'closed' | 'internal';
  /** A positive errno and its name, `EPERM`; absent where the kernel had no part in it. */
  readonly errno?: number;
  readonly errnoName?: string;
  /** The call that failed: `setns`, `socket`, `sendmsg`; `nf_tables` where the kernel refused a message. */
  readonly syscall?: string;
  /** What a sandbox forbids where it is the reason: an address family such as `AF_NETLINK`, or the call's own name. */
  readonly forbidden?: string;
  /** What the kernel said in words (extended acknowledgement). */
  readonly kernelText?: string;
  /** Index of the batch, of the operation in it, and of the element in that. */
  readonly step?: number;
  readonly operation?: number;
  readonly element?: number;
  /** 'nothing' was changed; 'partial': it is not known whether. */
  readonly left?: 'nothing' | 'partial';
}
