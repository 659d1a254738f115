import { interruptible } from '../abort';
import { FirewallError } from '../errors';
import { chainPrefix } from '../plan/chains';
import { type Change, mayTakeAll } from '../plan/change';
import { InstalledTables, installedMark, type ReadRule } from '../plan/installed';
import type { Step } from '../plan/phases';
import { planSteps } from '../plan/steps';
import { recount } from '../plan/table-counters';
import { DEFAULT_MARK, type Mark } from '../rules/mark';
import { sliced } from '../slices';
import type { Family, TableName } from '../tables/table-rule';
import type { Backend, BackendName, Installed, InstalledEntry, Listening, ReadOptions } from './backend';
import { type Connections, connectionsOf } from './connections';
import type {
  CommitOptions,
  IptcAddon,
  IptcSession,
  NativeChange,
  NativeSnapshot,
  TableId,
  TableState,
} from './iptc-addon';
import { commitError, sessionError, wasInterrupted } from './native-error';
import { operationsJson } from './operations-json';
import { poll } from './poll';

export interface LegacyTablesOptions {
  readonly name: BackendName;
  readonly owner: string;
  /** Undefined: the one that is installed, or else the default. */
  readonly mark: Mark | undefined;
  readonly lockTimeout: number;
}

const TABLES: readonly TableName[] = ['filter', 'mangle', 'nat'];

/** How many rules or operations cross into the addon in one call, so that none holds up the event loop. */
const PAGE = 32;

/** The legacy tables behind one session, be it libiptc's or a simulated one. */
export class LegacyTables implements Backend {
  readonly name: BackendName;
  readonly connections: Connections;
  readonly editsPerCommit = Number.POSITIVE_INFINITY;
  readonly #fingerprints = new Map<string, string>();
  #installed: InstalledTables | undefined;
  /** Nothing was damaged when the tables were last interpreted. */
  #isSound = false;
  #mark: Mark;
  #inUse = false;
  /** Numbers the calls that may have to wait. */
  #calls = 0;

  constructor(
    readonly options: LegacyTablesOptions,
    readonly session: IptcSession,
    readonly newChange: IptcAddon['Change'],
  ) {
    this.name = options.name;
    this.#mark = options.mark ?? DEFAULT_MARK;
    this.connections = connectionsOf(session);
  }

  get mark(): Mark {
    return this.#mark;
  }

  get inUse(): boolean {
    return this.#inUse;
  }

  get families(): readonly Family[] {
    return this.session.families;
  }

  async read({ signal, counters = true }: ReadOptions = {}): Promise<Installed> {
    const known = this.#installed;
    this.#installed = undefined;
    if (known === undefined || !this.#isSound || !isOrdinary(known))
      return this.#interpret(await this.#snapshot(signal));
    const snapshot = await this.#snapshot(signal, this.#fingerprints);
    if (!snapshot.isKnown) return this.#interpret(snapshot);
    if (counters && !(await sliced(recount(known, (page) => snapshot.counters(page))))) {
      return this.#interpret(await this.#snapshot(signal));
    }
    this.#installed = known;
    return {
      entries: new TableEntries(known),
      damage: [],
      intruders: known.intruders,
      leftover: false,
      isKnown: true,
      isWhole: false,
    };
  }

  async #interpret(snapshot: NativeSnapshot): Promise<Installed> {
    for (const { family, table, fingerprint } of snapshot.tables)
      this.#fingerprints.set(`${family} ${table}`, fingerprint);
    this.#inUse = snapshot.tables.some(({ present }) => present);
    const rules = await sliced(readRules(snapshot));
    this.#mark = this.#agreeOnMark(rules);
    const installed = new InstalledTables(this.options.owner, this.#mark);
    await sliced(interpret(installed, snapshot, rules));
    const damage = await sliced(installed.damage());
    this.#isSound = damage.length === 0;
    this.#installed = installed;
    const leftover = installed.tracking.size > 0 && !(await this.#mustKeepTracking(installed.entries.size === 0));
    const { intruders } = installed;
    return { entries: new TableEntries(installed), damage, intruders, leftover, isKnown: false, isWhole: false };
  }

  prepare(): void {
    this.session.wake();
  }

  async commit(change: Change, signal?: AbortSignal): Promise<'committed' | 'stale'> {
    const installed = this.#installed;
    if (installed === undefined) return 'stale';
    // Until the commit has succeeded, `installed` is ahead of the kernel: a failure on the way makes it unknown.
    this.#installed = undefined;
    const isLast = mayTakeAll(change, installed.entries.size);
    const keepTracking = (await this.#mustKeepTracking(isLast)) ? installed.translating() : new Set<Family>();
    const changes = await sliced(planSteps(installed, change, keepTracking));
    if (changes.length > 0) {
      const steps = [...changes, ...this.#untouched(changes)];
      const native = await sliced(this.#fill(steps));
      const result = await this.#waiting(signal, (options) =>
        commitError(steps, () => this.session.commit(native, options)),
      );
      if (result.status === 'stale') return 'stale';
      for (const [index, { family, table }] of steps.entries()) {
        this.#fingerprints.set(`${family} ${table}`, result.fingerprints[index] ?? '');
      }
    }
    this.#installed = installed;
    return 'committed';
  }

  /** The kernel tells nobody of changes to these tables. */
  async listen(touched: () => void, failed: (error: unknown) => void, interval: number): Promise<Listening> {
    return poll(() => this.#hasChanged(), touched, failed, interval);
  }

  async close(): Promise<void> {
    await this.session.close();
  }

  #snapshot(signal?: AbortSignal, fingerprints?: ReadonlyMap<string, string>): Promise<NativeSnapshot> {
    const tables = this.families.flatMap((family) => TABLES.map((table): TableId => ({ family, table })));
    const known = tables.flatMap(({ family, table }) => fingerprints?.get(`${family} ${table}`) ?? []);
    return this.#waiting(signal, (options) =>
      sessionError('reading the tables', () =>
        this.session.read(tables, known.length === tables.length ? { ...options, known } : options),
      ),
    );
  }

  /** By the fingerprints alone: no rule crosses from the session's thread. */
  async #hasChanged(): Promise<boolean> {
    const { tables, isKnown } = await this.#snapshot(undefined, this.#fingerprints);
    const differs = ({ family, table, fingerprint }: TableState) =>
      this.#fingerprints.get(`${family} ${table}`) !== fingerprint;
    return !isKnown && tables.some(differs);
  }

  /**
   * Steps without operations: the tables that say what is published and closed must be as they were read, even where
   * the change leaves them alone.
   */
  #untouched(steps: readonly Step[]): Step[] {
    const touched = new Set(steps.map(({ family, table }) => `${family} ${table}`));
    return this.families.flatMap((family) =>
      (['mangle', 'nat'] as const)
        .filter((table) => !touched.has(`${family} ${table}`))
        .map((table): Step => ({ family, table, operations: [] })),
    );
  }

  /** A call that may have to wait for the lock. */
  async #waiting<T>(signal: AbortSignal | undefined, call: (options: CommitOptions) => Promise<T>): Promise<T> {
    const { owner, lockTimeout } = this.options;
    this.#calls += 1;
    const wait = this.#calls;
    try {
      return await interruptible(
        signal,
        () => this.session.interrupt(wait),
        () => call({ chainPrefix: chainPrefix(owner), lockTimeout, wait }),
      );
    } catch (error) {
      if (wasInterrupted(error)) signal?.throwIfAborted();
      throw error;
    }
  }

  /** Connections that came in on a public port break when the kernel stops tracking them. */
  async #mustKeepTracking(withoutRules: boolean): Promise<boolean> {
    return (
      withoutRules && sessionError('looking for running connections', () => this.session.hasTranslatedConnections())
    );
  }

  *#fill(steps: readonly Step[]): Generator<void, NativeChange> {
    const native = new this.newChange();
    const expected = new Set<string>();
    for (const { family, table, operations } of steps) {
      const key = `${family} ${table}`;
      native.step(family, table, expected.has(key) ? '' : (this.#fingerprints.get(key) ?? ''));
      expected.add(key);
      for (let from = 0; from < operations.length; from += PAGE) {
        native.push(operationsJson(operations.length <= PAGE ? operations : operations.slice(from, from + PAGE)));
        yield;
      }
    }
    return native;
  }

  #agreeOnMark(rules: readonly ReadRule[]): Mark {
    const { mark, owner } = this.options;
    const found = installedMark(owner, rules);
    if (found === undefined) return mark ?? DEFAULT_MARK;
    if (mark !== undefined && (mark.value !== found.value || mark.mask !== found.mask)) {
      const hex = (value: number) => `0x${value.toString(16)}`;
      throw new FirewallError(
        'ERR_CONFLICT',
        `mark: the rules installed for owner "${owner}" use ${hex(found.value)}/${hex(found.mask)}, not ` +
          `${hex(mark.value)}/${hex(mark.mask)}; leave mark out to go on with theirs, or clear them first`,
        { field: 'mark', value: mark },
      );
    }
    return found;
  }
}

function* readRules(snapshot: NativeSnapshot): Generator<void, ReadRule[]> {
  const rules: ReadRule[] = [];
  for (let from = 0; from < snapshot.size; from += PAGE) {
    for (const { table: index, chain, rule, counters } of snapshot.page(from, PAGE)) {
      const id = snapshot.tables[index];
      if (id !== undefined) rules.push({ family: id.family, table: id.table, chain, rule, counters });
    }
    yield;
  }
  return rules;
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

/** Each made when it is asked for, of what is installed then. */
class TableEntries implements Iterable<InstalledEntry> {
  constructor(readonly installed: InstalledTables) {}

  *[Symbol.iterator](): Generator<InstalledEntry> {
    for (const presence of this.installed.entries.values()) {
      const { entry, packets } = presence;
      yield { entry, state: this.installed.stateOf(presence), packets };
    }
  }
}
