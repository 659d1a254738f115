import { FirewallError } from '../errors';
import { type Change, mayTakeAll } from '../plan/change';
import { tableName } from '../plan/nft-chains';
import { recount } from '../plan/nft-counters';
import { damageIn } from '../plan/nft-damage';
import type { InstalledNft } from '../plan/nft-installed';
import { type NftPlan, planNft } from '../plan/nft-plan';
import type { Mark } from '../rules/mark';
import { sliced } from '../slices';
import type { Family } from '../tables/table-rule';
import type { Backend, Installed, Listening, ReadOptions } from './backend';
import { type Connections, connectionsOf } from './connections';
import { entering, type OpenNamespace } from './entered';
import type { NativeBatch, NativeTable, NftAddon, NftSession } from './nft-addon';
import { fillBatch } from './nft-batch';
import { ElementWriter } from './nft-elements';
import { asFirewallError, nftError } from './nft-error';
import { hasNamesOnce, installedMark, interpretTable, NftCounts, NftEntries, readItems } from './nft-table';

export interface NftTablesOptions {
  readonly owner: string;
  /** Bits to set on what is denied. Undefined: those that are installed, if any. */
  readonly mark: Mark | undefined;
  /** `process`: the kernel removes the table when this process ends, and lets nobody else change it. */
  readonly lifetime: 'host' | 'process';
  /** Undefined: the caller's own. */
  readonly namespace: OpenNamespace | undefined;
  /** Connections that came in on a public port go on without this backend's rules. Default false. */
  readonly isTracked?: boolean;
}

/** How many operations or items cross between here and the addon in one call, so that none holds up the event loop. */
const PAGE = 16;

/** What one ordinary change comes to. */
const FEW = 2;

/** NFT_TABLE_F_OWNER of linux/netfilter/nf_tables.h. */
const TABLE_OWNER = 0x2;

/** What would take its rules along if it were collected: nobody need hold a firewall whose rules go with the process. */
const lasting = new Set<NftTables>();

/** One owner's table of nf_tables behind one session. */
export class NftTables implements Backend {
  readonly name = 'nft';
  /** What they come to is committed in a fraction of a millisecond, and dies young. */
  readonly editsPerCommit = 64;
  readonly connections: Connections;
  readonly #table: string;
  #installed: InstalledNft | undefined;
  /** Nothing was damaged when the table was last interpreted. */
  #isSound = false;
  #mark: Mark | undefined;
  /** One that was committed. */
  #empty: NativeBatch | undefined;
  readonly #writer = new ElementWriter();
  /** Until the commit before is with the session, and what it makes is known. */
  #handover: Promise<void> | undefined;
  /** The port of the other process that the table belongs to. */
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
    // A table that goes with its owner goes without a new generation.
    this.#isSound = damage.length === 0 && !isOthers;
    const isWhole = damage.length === 0 && (await sliced(hasNamesOnce(installed)));
    const counted = new NftCounts(installed);
    const found = { entries, counted, intruders: installed.intruders, isKnown: false, isWhole };
    if (isOthers) return { ...found, damage: [], leftover: false };
    return { ...found, damage, leftover: await this.#isLeftOver(native, installed) };
  }

  /** Whether anybody uses nf_tables in the namespace. */
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
    // Until the commit has succeeded, `installed` is ahead of the kernel: a failure on the way makes it unknown.
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

  /** The next commit waits until what is answered is called. */
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

  /** @param handedOver is called, where the caller waits later, when the next commit may be planned on this one */
  async #carryOut(
    { operations, made }: NftPlan,
    signal: AbortSignal | undefined,
    handedOver: (() => void) | undefined,
  ): Promise<boolean> {
    const batch = this.#empty ?? new this.addon.Batch(this.#table);
    this.#empty = undefined;
    // Planning has taken so long that the thread has fallen asleep again.
    if (operations.length > FEW) this.session.wake();
    const writer = this.#writer;
    const filling = sliced(fillBatch(batch, writer, operations));
    if (filling instanceof Promise) await filling;
    signal?.throwIfAborted();
    try {
      const committing = this.session.commit(batch, writer.take(), handedOver !== undefined);
      this.#empty = batch;
      // Rules are known by what the kernel answers.
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

  /** The kernel tells of every change by a netlink message. */
  async listen(touched: () => void, failed: (error: unknown) => void): Promise<Listening> {
    const watch = await nftError({ doing: 'listening to changes' }, () =>
      entering(this.options.namespace, (where) => this.addon.watch({ ...where, table: this.#table })),
    );
    let isClosed = false;
    const listen = async () => {
      // What is closed answers no more: a last change may be told just when that has happened.
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

  /** Connections that came in on a public port break when the kernel stops translating them. */
  async #hasConnections(): Promise<boolean> {
    if (this.options.isTracked) return false;
    return nftError({ doing: 'looking for running connections' }, () => this.session.hasTranslatedConnections());
  }

  async #isLeftOver({ present }: NativeTable, { entries, foreign }: InstalledNft): Promise<boolean> {
    return present && entries.size === 0 && foreign === 0 && !(await this.#hasConnections());
  }

  /** A table cannot be given to a process, or be taken from it. */
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
 * Whether this kernel has tables that belong to a process: it is asked, and nothing is made.
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
