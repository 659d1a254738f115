import { interruptible } from '../abort';
import { chainPrefix } from '../plan/chains';
import { type Change, extentOf, mayTakeAll } from '../plan/change';
import { InstalledTables, installedMark } from '../plan/installed';
import type { Step } from '../plan/phases';
import { planSteps } from '../plan/steps';
import { recount } from '../plan/table-counters';
import type { Mark } from '../rules/mark';
import { sliced } from '../slices';
import type { ReadRule } from '../tables/read-rule';
import type { Family, TableName } from '../tables/table-rule';
import type { Backend, BackendName, Installed, Listening, ReadOptions } from './backend';
import { type Connections, connectionsOf } from './connections';
import type {
  CommitOptions,
  CommitResult,
  IptcSession,
  NativeChange,
  NativeSnapshot,
  TableId,
  TableState,
} from './iptc-addon';
import { asFirewallError, sessionError, wasInterrupted } from './native-error';
import { poll } from './poll';
import { readRules } from './rule-page';
import { TableCounts, TableEntries } from './table-entries';
import { type Fingerprints, writeSteps } from './write-steps';

export interface LegacyTablesOptions {
  readonly name: BackendName;
  readonly owner: string;
  /** Bits to set on what is denied. Undefined: those that are installed, if any. */
  readonly mark: Mark | undefined;
  readonly lockTimeout: number;
  /** Connections that came in on a public port go on without this backend's rules. Default false. */
  readonly isTracked?: boolean;
}

const TABLES: readonly TableName[] = ['filter', 'mangle', 'nat', 'security'];

/** These tables say which ports are published and closed; `security` does where it is in use. */
const RELIED_ON: readonly TableName[] = ['mangle', 'nat', 'security'];

/** A change of more entries than this crosses in pieces. */
const MANY = 64;

/** The legacy tables behind one session, be it libiptc's or a simulated one. */
export class LegacyTables implements Backend {
  readonly name: BackendName;
  readonly connections: Connections;
  readonly editsPerCommit = Number.POSITIVE_INFINITY;
  /** Of each table, as it was when it was last read or changed. */
  readonly #fingerprints: Fingerprints = { ipv4: {}, ipv6: {} };
  #installed: InstalledTables | undefined;
  /** Nothing was damaged when the tables were last interpreted. */
  #isSound = false;
  #mark: Mark | undefined;
  /** The tables that there are, as `family table`. */
  #present: ReadonlySet<string> = new Set();
  /** Whether the last change crossed in pieces. */
  #wasMuch = false;
  /** The next one that does. */
  #begun: NativeChange | undefined;
  /** Numbers the calls that may have to wait. */
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

  /** Another large change is taken to be about the same tables, and these are read ahead at once. */
  prepare(small: boolean): void {
    if (!small && this.#wasMuch) this.#begun = this.#newChange();
    else this.session.wake(small);
  }

  async commit(change: Change, signal?: AbortSignal): Promise<'committed' | 'stale'> {
    const installed = this.#installed;
    if (installed === undefined) return 'stale';
    // Until the commit has succeeded, `installed` is ahead of the kernel: a failure on the way makes it unknown.
    this.#installed = undefined;
    const isLast = mayTakeAll(change, installed.entries.size);
    const keep = isLast && (await this.#hasConnections()) ? installed.translating() : undefined;
    // What is much is read and edited ahead, while it is being planned and written.
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

  /** The kernel tells nobody of changes to these tables. */
  async listen(touched: () => void, failed: (error: unknown) => void, interval: number): Promise<Listening> {
    return poll(() => this.#hasChanged(), touched, failed, interval);
  }

  async close(): Promise<void> {
    await this.session.close();
  }

  /** @param mayBeKnown what is as it was is not read again */
  async #snapshot(signal?: AbortSignal, mayBeKnown = false): Promise<NativeSnapshot> {
    const tables = this.families.flatMap((family) => TABLES.map((table): TableId => ({ family, table })));
    const known = mayBeKnown ? tables.flatMap(({ family, table }) => this.#fingerprints[family][table] ?? []) : [];
    return this.#waiting(signal, (options) =>
      sessionError('reading the tables', () =>
        this.session.read(tables, known.length === tables.length ? { ...options, known } : options),
      ),
    );
  }

  /** By the fingerprints alone: no rule crosses from the session's thread. */
  async #hasChanged(): Promise<boolean> {
    const { tables, isKnown } = await this.#snapshot(undefined, true);
    const differs = ({ family, table, fingerprint }: TableState) => this.#fingerprints[family][table] !== fingerprint;
    return !isKnown && tables.some(differs);
  }

  /**
   * Steps without operations: the tables that say what is published and closed must be as they were read, even where
   * the change leaves them alone.
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

  /** A call that may have to wait for the lock. */
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

  /** Connections that came in on a public port break when the kernel stops tracking them. */
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

/** Entries and their rules, and nothing else that is to be done away with at some time. */
function isOrdinary({ entries, tracking, intent }: InstalledTables): boolean {
  return entries.size > 0 && tracking.size === 0 && !intent.isWritten;
}
