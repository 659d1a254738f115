import { type Change, extentOf, mayTakeAll } from '../../model/change';
import type { Mark } from '../../model/mark';
import type { ReadRule } from '../../model/read-rule';
import type { Family, TableName } from '../../model/table-rule';
import type { Step } from '../../model/table-step';
import { interruptible } from '../../util/abort';
import { sliced } from '../../util/slices';
import type { Backend, BackendName, Installed, Listening, ReadOptions } from '../backend';
import { type Connections, connectionsOf } from '../connections';
import { poll } from '../poll';
import { readRules } from '../rule-page';
import { asFirewallError, sessionError, wasInterrupted } from '../session-errors';
import type {
  CommitOptions,
  CommitResult,
  IptcSession,
  NativeChange,
  NativeSnapshot,
  TableId,
  TableState,
} from '../table-session';
import { chainPrefix } from './chains';
import { InstalledTables, installedMark } from './installed';
import { planSteps } from './steps';
import { recount } from './table-counters';
import { TableCounts, TableEntries } from './table-entries';
import { type Fingerprints, writeSteps } from './write-steps';

export interface LegacyTablesOptions {
  readonly name: BackendName;
  readonly owner: string;
  /** The bits to set on denied packets. Undefined: those that are installed, if any. */
  readonly mark: Mark | undefined;
  readonly lockTimeout: number;
  /** True if connections that came in on a public port survive without this backend's rules. Default: false. */
  readonly isTracked?: boolean;
}

const TABLES: readonly TableName[] = ['filter', 'mangle', 'nat', 'security'];

/** The tables that determine which ports are published and closed; `security` does so where it is in use. */
const RELIED_ON: readonly TableName[] = ['mangle', 'nat', 'security'];

/** The number of entries above which a change is passed to the session in pieces. */
const MANY = 64;

/** The legacy tables behind one session, either of libiptc or of a simulated kernel. */
export class LegacyTables implements Backend {
  readonly name: BackendName;
  readonly connections: Connections;
  readonly editsPerCommit = Number.POSITIVE_INFINITY;
  /** The fingerprint of each table, as of the last read or commit. */
  readonly #fingerprints: Fingerprints = { ipv4: {}, ipv6: {} };
  #installed: InstalledTables | undefined;
  /** True if nothing was damaged when the tables were last interpreted. */
  #isSound = false;
  #mark: Mark | undefined;
  /** The tables that exist, as `family table`. */
  #present: ReadonlySet<string> = new Set();
  /** True if the last change was passed in pieces. */
  #wasMuch = false;
  /** The next change to be passed in pieces, if its steps have been begun ahead of the plan. */
  #begun: NativeChange | undefined;
  /** A counter that numbers the calls that may have to wait. */
  #calls = 0;

  constructor(
    readonly options: LegacyTablesOptions,
    readonly session: IptcSession,
  ) {
    this.name = options.name;
    this.#mark = options.mark;
    this.connections = connectionsOf(session);
  }

  get mark(): Mark | undefined {
    return this.#mark;
  }

  get families(): readonly Family[] {
    return this.session.families;
  }

  async read({ signal, counters = true }: ReadOptions = {}): Promise<Installed> {
    const known = this.#installed;
    this.#installed = undefined;
    if (known === undefined || !this.#isSound || !isOrdinary(known))
      return this.#interpret(await this.#snapshot(signal));
    const snapshot = await this.#snapshot(signal, true);
    if (!snapshot.isKnown) return this.#interpret(snapshot);
    if (counters && !(await sliced(recount(known, (page) => snapshot.counters(page))))) {
      return this.#interpret(await this.#snapshot(signal));
    }
    this.#installed = known;
    return {
      entries: new TableEntries(known),
      counted: new TableCounts(known),
      damage: [],
      intruders: known.intruders,
      leftover: false,
      isKnown: true,
      isWhole: false,
    };
  }

  async #interpret(snapshot: NativeSnapshot): Promise<Installed> {
    for (const { family, table, fingerprint } of snapshot.tables) this.#fingerprints[family][table] = fingerprint;
    const present = snapshot.tables.filter((table) => table.present);
    this.#present = new Set(present.map(({ family, table }) => `${family} ${table}`));
    const rules = await sliced(readRules(snapshot));
    this.#mark = this.options.mark ?? installedMark(this.options.owner, rules);
    const installed = new InstalledTables(this.options.owner, this.#mark);
    await sliced(interpret(installed, snapshot, rules));
    const damage = await sliced(installed.damage());
    this.#isSound = damage.length === 0;
    this.#installed = installed;
    const isKept = installed.entries.size === 0 && (await this.#hasConnections());
    const leftover = installed.tracking.size > 0 && !isKept;
    const { intruders } = installed;
    const entries = new TableEntries(installed);
    const counted = new TableCounts(installed);
    return { entries, counted, damage, intruders, leftover, isKnown: false, isWhole: false };
  }

  /**
   * Wakes the session's thread. After a large change, another large one is assumed to concern the same tables, which
   * are read ahead at once.
   */
  prepare(small: boolean): void {
    if (!small && this.#wasMuch) this.#begun = this.#newChange();
    else this.session.wake(small);
  }

  async commit(change: Change, signal?: AbortSignal): Promise<'committed' | 'stale'> {
    const installed = this.#installed;
    if (installed === undefined) return 'stale';
    // Until the commit has succeeded, `installed` is ahead of the kernel: any failure on the way makes it unknown.
    this.#installed = undefined;
    const isLast = mayTakeAll(change, installed.entries.size);
    const keep = isLast && (await this.#hasConnections()) ? installed.translating() : undefined;
    // The tables of a large change are read and edited ahead, while it is being planned and written.
    this.#wasMuch = extentOf(change) > MANY;
    const begun = this.#begun ?? (this.#wasMuch ? this.#newChange() : undefined);
    this.#begun = undefined;
    const planning = sliced(planSteps(installed, change, keep));
    const steps = planning instanceof Promise ? await planning : planning;
    if (steps.length > 0) {
      this.#addUntouched(steps);
      const result = await this.#carryOut(steps, begun, signal);
      if (result.status === 'stale') return 'stale';
      let index = 0;
      for (const { family, table } of steps) {
        this.#fingerprints[family][table] = result.fingerprints[index];
        index += 1;
      }
    }
    this.#installed = installed;
    return 'committed';
  }

  #newChange = (): NativeChange => this.session.newChange(chainPrefix(this.options.owner));

  async #carryOut(
    steps: readonly Step[],
    begun: NativeChange | undefined,
    signal: AbortSignal | undefined,
  ): Promise<CommitResult> {
    const writing = sliced(writeSteps(steps, this.#fingerprints, this.#newChange, begun));
    const { text, before } = writing instanceof Promise ? await writing : writing;
    try {
      const committing = this.#waiting(signal, (options) => this.session.commit(text, options, before));
      return committing instanceof Promise ? await committing : committing;
    } catch (error) {
      throw asFirewallError('changing the tables', error, steps);
    }
  }

  /** Polls the tables, because the kernel does not notify anybody of changes to them. */
  async listen(touched: () => void, failed: (error: unknown) => void, interval: number): Promise<Listening> {
    return poll(() => this.#hasChanged(), touched, failed, interval);
  }

  async close(): Promise<void> {
    await this.session.close();
  }

  /** @param mayBeKnown true if a table that is unchanged need not be read again */
  async #snapshot(signal?: AbortSignal, mayBeKnown = false): Promise<NativeSnapshot> {
    const tables = this.families.flatMap((family) => TABLES.map((table): TableId => ({ family, table })));
    const known = mayBeKnown ? tables.flatMap(({ family, table }) => this.#fingerprints[family][table] ?? []) : [];
    return this.#waiting(signal, (options) =>
      sessionError('reading the tables', () =>
        this.session.read(tables, known.length === tables.length ? { ...options, known } : options),
      ),
    );
  }

  /** Compares the fingerprints only: no rule crosses from the session's thread. */
  async #hasChanged(): Promise<boolean> {
    const { tables, isKnown } = await this.#snapshot(undefined, true);
    const differs = ({ family, table, fingerprint }: TableState) => this.#fingerprints[family][table] !== fingerprint;
    return !isKnown && tables.some(differs);
  }

  /**
   * Adds steps without operations for the tables that determine what is published and closed: these must be as they
   * were read, even if the change does not touch them.
   */
  #addUntouched(steps: Step[]): void {
    for (const family of this.families) {
      for (const table of RELIED_ON) {
        if (steps.some((step) => step.table === table && step.family === family)) continue;
        if (table === 'security' && !this.#present.has(`${family} ${table}`)) continue;
        steps.push({ family, table, operations: [] });
      }
    }
  }

  /** Makes a call that may have to wait for the lock. */
  #waiting<T>(signal: AbortSignal | undefined, call: (options: CommitOptions) => T | Promise<T>): T | Promise<T> {
    const { owner, lockTimeout } = this.options;
    const options = { chainPrefix: chainPrefix(owner), lockTimeout };
    return signal === undefined ? call(options) : this.#interruptible(signal, call, options);
  }

  async #interruptible<T>(
    signal: AbortSignal,
    call: (options: CommitOptions) => T | Promise<T>,
    options: CommitOptions,
  ): Promise<T> {
    this.#calls += 1;
    const wait = this.#calls;
    try {
      return await interruptible(
        signal,
        () => this.session.interrupt(wait),
        async () => call({ ...options, wait }),
      );
    } catch (error) {
      if (wasInterrupted(error)) signal.throwIfAborted();
      throw error;
    }
  }

  /**
   * Resolves to true if there are connections that came in on a public port, which break when the kernel stops tracking
   * them.
   */
  async #hasConnections(): Promise<boolean> {
    if (this.options.isTracked) return false;
    return sessionError('looking for running connections', () => this.session.hasTranslatedConnections());
  }
}

function* interpret(
  installed: InstalledTables,
  { tables }: NativeSnapshot,
  rules: readonly ReadRule[],
): Generator<void, void> {
  for (const { family, table, chains } of tables) {
    for (const { name } of chains) {
      installed.addChain({ family, table }, name);
      yield;
    }
  }
  for (const rule of rules) {
    installed.addRule(rule);
    yield;
  }
}

/** Returns true if there are entries with their rules, and nothing else that is to be removed at some time. */
function isOrdinary({ entries, tracking, intent }: InstalledTables): boolean {
  return entries.size > 0 && tracking.size === 0 && !intent.isWritten;
}
