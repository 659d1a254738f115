import { type Change, mayTakeAll } from '../../model/change';
import type { Mark } from '../../model/mark';
import type { Family } from '../../model/table-rule';
import { FirewallError } from '../../util/errors';
import { sliced } from '../../util/slices';
import type { Backend, Installed, Listening, ReadOptions } from '../backend';
import { type Connections, connectionsOf } from '../connections';
import { entering, type OpenNamespace } from '../entered';
import type { NativeBatch, NativeTable, NftAddon, NftSession } from './addon';
import { fillBatch } from './batch';
import { tableName } from './chains';
import { recount } from './counters';
import { damageIn } from './damage';
import { ElementWriter } from './elements';
import { asFirewallError, nftError } from './errors';
import type { InstalledNft } from './installed';
import { type NftPlan, planNft } from './plan';
import { hasNamesOnce, installedMark, interpretTable, NftCounts, NftEntries, readItems } from './read-table';

export interface NftTablesOptions {
  readonly owner: string;
  /** The bits to set on denied packets. Undefined: those that are installed, if any. */
  readonly mark: Mark | undefined;
  /** `process`: the kernel removes the table when this process ends, and lets no other process change it. */
  readonly lifetime: 'host' | 'process';
  /** The network namespace. Undefined: the caller's own. */
  readonly namespace: OpenNamespace | undefined;
  /** True if connections that came in on a public port survive without this backend's rules. Default: false. */
  readonly isTracked?: boolean;
}

/**
 * The number of operations or items that cross to or from the addon in one call, so that no call blocks the event loop.
 */
const PAGE = 16;

/** The number of operations of one ordinary change. */
const FEW = 2;

/** The flag NFT_TABLE_F_OWNER of linux/netfilter/nf_tables.h. */
const TABLE_OWNER = 0x2;

/**
 * The tables that would be removed together with their socket if they were garbage-collected. Callers need not keep a
 * reference to a firewall whose rules last as long as the process.
 */
const lasting = new Set<NftTables>();

/** One owner's table of nf_tables behind one session. */
export class NftTables implements Backend {
  readonly name = 'nft';
  /** The operations of this many edits are committed in a fraction of a millisecond, and their objects die young. */
  readonly editsPerCommit = 64;
  readonly connections: Connections;
  readonly #table: string;
  #installed: InstalledNft | undefined;
  /** True if nothing was damaged when the table was last interpreted. */
  #isSound = false;
  #mark: Mark | undefined;
  /** A batch that was committed, and is therefore empty. */
  #empty: NativeBatch | undefined;
  readonly #writer = new ElementWriter();
  /** Set until the previous commit is with the session and its results are known. */
  #handover: Promise<void> | undefined;
  /** The netlink port of the other process that owns the table, if one does. */
  #othersPort: number | undefined;

  constructor(
    readonly options: NftTablesOptions,
    readonly session: NftSession,
    readonly addon: Pick<NftAddon, 'Batch' | 'watch'>,
  ) {
    this.connections = connectionsOf(session);
    this.#table = tableName(options.owner);
    this.#mark = options.mark;
    if (options.lifetime === 'process') lasting.add(this);
  }

  get families(): readonly Family[] {
    return this.session.families;
  }

  get mark(): Mark | undefined {
    return this.#mark;
  }

  async read({ signal, counters = true }: ReadOptions = {}): Promise<Installed> {
    signal?.throwIfAborted();
    const known = this.#installed;
    this.#installed = undefined;
    const mayBeKnown = known !== undefined && this.#isSound && known.entries.size > 0;
    const depth = mayBeKnown && !counters ? 'change' : 'all';
    const native = await this.#readTable(depth);
    if (!mayBeKnown || !native.isKnown) return this.#interpret(native);
    if (counters && !(await sliced(recount(known, native.counters())))) return this.#interpret(native);
    this.#installed = known;
    return {
      entries: new NftEntries(known),
      counted: new NftCounts(known),
      damage: [],
      intruders: known.intruders,
      leftover: false,
      isKnown: true,
      isWhole: false,
    };
  }

  #readTable(depth: 'all' | 'change'): Promise<NativeTable> {
    return nftError({ doing: 'reading the table' }, () => this.session.read(this.#table, depth));
  }

  async #interpret(native: NativeTable): Promise<Installed> {
    const items = await sliced(readItems(native, PAGE));
    this.#mark = this.options.mark ?? installedMark(items);
    const installed = await sliced(interpretTable(native, items, this.#mark));
    const damage = await sliced(damageIn(installed));
    const entries = new NftEntries(installed);
    this.#checkLifetime(native, installed);
    this.#installed = installed;
    const isOthers = this.#othersPort !== undefined;
    // A table that is removed with its owner is removed without a new generation.
    this.#isSound = damage.length === 0 && !isOthers;
    const isWhole = damage.length === 0 && (await sliced(hasNamesOnce(installed)));
    const counted = new NftCounts(installed);
    const found = { entries, counted, intruders: installed.intruders, isKnown: false, isWhole };
    if (isOthers) return { ...found, damage: [], leftover: false };
    return { ...found, damage, leftover: await this.#isLeftOver(native, installed) };
  }

  /** Resolves to true if nf_tables is in use in the namespace. */
  isInUse(): Promise<boolean> {
    return nftError({ doing: 'looking at nf_tables' }, () => this.session.isInUse());
  }

  prepare(): void {
    this.session.wake();
  }

  async commit(change: Change, signal?: AbortSignal, later = false): Promise<'committed' | 'stale'> {
    if (this.#handover !== undefined) await this.#handover;
    if (this.#othersPort !== undefined) throw this.#belongsToAnother(this.#othersPort);
    const installed = this.#installed;
    if (installed === undefined) return 'stale';
    const done = later ? this.#beginHandover() : nothing;
    // Until the commit has succeeded, `installed` is ahead of the kernel: any failure on the way makes it unknown.
    let isMade = false;
    try {
      const planning = this.#plan(installed, change);
      const plan = planning instanceof Promise ? await planning : planning;
      isMade = plan.operations.length === 0 || (await this.#carryOut(plan, signal, later ? done : undefined));
    } finally {
      if (!isMade) this.#installed = undefined;
      done();
    }
    return isMade ? 'committed' : 'stale';
  }

  /** Makes the next commit wait until the returned function is called. */
  #beginHandover(): () => void {
    let done = nothing;
    const handover = new Promise<void>((resolve) => {
      done = () => {
        if (this.#handover === handover) this.#handover = undefined;
        resolve();
      };
    });
    this.#handover = handover;
    return done;
  }

  #plan(installed: InstalledNft, change: Change): NftPlan | Promise<NftPlan> {
    const owner = this.options.lifetime === 'process';
    if (mayTakeAll(change, installed.entries.size)) return this.#planEnd(installed, change, owner);
    return sliced(planNft(installed, change, { owner, keep: false }));
  }

  async #planEnd(installed: InstalledNft, change: Change, owner: boolean): Promise<NftPlan> {
    const keep = (await sliced(installed.isEmptiedBy(change))) && (await this.#hasConnections());
    return sliced(planNft(installed, change, { owner, keep }));
  }

  /** @param handedOver is called, if the caller waits later, when the next commit may be planned on top of this one */
  async #carryOut(
    { operations, made }: NftPlan,
    signal: AbortSignal | undefined,
    handedOver: (() => void) | undefined,
  ): Promise<boolean> {
    const batch = this.#empty ?? new this.addon.Batch(this.#table);
    this.#empty = undefined;
    // Planning has taken so long that the session's thread has fallen asleep again.
    if (operations.length > FEW) this.session.wake();
    const writer = this.#writer;
    const filling = sliced(fillBatch(batch, writer, operations));
    if (filling instanceof Promise) await filling;
    signal?.throwIfAborted();
    try {
      const committing = this.session.commit(batch, writer.take(), handedOver !== undefined);
      this.#empty = batch;
      // Rules are identified by the handles of the kernel's answer.
      if (made.size === 0) handedOver?.();
      const result = committing instanceof Promise ? await committing : committing;
      if (result === 'stale') return false;
      for (const { operation, handle } of result) {
        const rule = made.get(operation);
        if (rule !== undefined) rule.handle = handle;
      }
      return true;
    } catch (error) {
      throw asFirewallError({ doing: 'changing the table', table: this.#table, operations }, error);
    }
  }

  /** Listens to the netlink messages by which the kernel reports every change. */
  async listen(touched: () => void, failed: (error: unknown) => void): Promise<Listening> {
    const watch = await nftError({ doing: 'listening to changes' }, () =>
      entering(this.options.namespace, (where) => this.addon.watch({ ...where, table: this.#table })),
    );
    let isClosed = false;
    const listen = async () => {
      // A closed listener reports nothing, even if a last change arrives just when it is closed.
      while (!isClosed && (await watch.changed())) touched();
    };
    const listening = listen().catch(failed);
    return {
      async close() {
        isClosed = true;
        await watch.close();
        await listening;
      },
    };
  }

  async close(): Promise<void> {
    lasting.delete(this);
    await this.session.close();
  }

  /**
   * Resolves to true if there are connections that came in on a public port, which break when the kernel stops
   * translating them.
   */
  async #hasConnections(): Promise<boolean> {
    if (this.options.isTracked) return false;
    return nftError({ doing: 'looking for running connections' }, () => this.session.hasTranslatedConnections());
  }

  async #isLeftOver({ present }: NativeTable, { entries, foreign }: InstalledNft): Promise<boolean> {
    return present && entries.size === 0 && foreign === 0 && !(await this.#hasConnections());
  }

  /**
   * Checks that the table has the lifetime in the options. A table cannot be given to a process, or be taken from it.
   */
  #checkLifetime({ present, flags, owner }: NativeTable, installed: InstalledNft): void {
    this.#othersPort = (flags & TABLE_OWNER) !== 0 && owner !== this.session.port ? (owner ?? 0) : undefined;
    if (this.options.lifetime === 'host' || !present) return;
    if (this.#othersPort !== undefined) throw this.#belongsToAnother(this.#othersPort);
    if ((flags & TABLE_OWNER) === 0) {
      if (installed.entries.size === 0 && installed.foreign === 0) installed.isReplaced = true;
      else {
        throw new FirewallError(
          'ERR_CONFLICT',
          `lifetime: rules of owner "${this.options.owner}" are installed to stay on the host; clear them first, or give lifetime: 'host'`,
          { field: 'lifetime', value: 'process' },
        );
      }
    }
  }

  #belongsToAnother(port: number): FirewallError {
    return new FirewallError(
      'ERR_CONFLICT',
      `the rules of owner "${this.options.owner}" belong to another process (netlink port ${port}) and go with it, as it gave ` +
        "lifetime: 'process'; wait for its end, or give another owner",
      { field: 'owner', value: this.options.owner },
    );
  }
}

function nothing(): void {}

/**
 * Checks that this kernel has tables that belong to a process: it validates a batch, and nothing is created.
 * @throws FirewallError ERR_UNSUPPORTED
 */
export async function checkOwnership(session: NftSession, newBatch: NftAddon['Batch']): Promise<void> {
  const batch = new newBatch('portshift-owned');
  batch.push([{ op: 'newTable', owner: true }]);
  try {
    await session.check(batch);
  } catch (error) {
    throw new FirewallError(
      'ERR_UNSUPPORTED',
      "lifetime: 'process' takes Linux 5.12 or later, where a table of nf_tables can belong to a process; give lifetime: " +
        `'host' and withdraw on exit (${error instanceof Error ? error.message : String(error)})`,
      { field: 'lifetime', value: 'process', cause: error },
    );
  }
}
