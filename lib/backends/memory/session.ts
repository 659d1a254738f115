import type { Network } from '../../model/network';
import { ReadRule } from '../../model/read-rule';
import { ruleJson } from '../../model/rule-json';
import type { Counters, Family, TableName, TableRule } from '../../model/table-rule';
import type { TableOperation } from '../../model/table-step';
import type { ConnectionFilter, Cut } from '../connections';
import { writePage } from '../rule-page';
import type {
  CommitResult,
  IptcSession,
  NativeChange,
  NativeError,
  NativeSnapshot,
  ReadOptions,
  TableId,
} from '../table-session';
import { type MemoryConnection, matches } from './connections';
import { parseSteps } from './parse-steps';

/** A failure that is simulated once. */
export interface MemoryFailure {
  /** The index of the commit step that fails, from 0. */
  readonly step: number;
  /** The errno of the kernel's answer. Default: `ENOMEM`. */
  readonly errno?: string;
  /** True if the steps before it cannot be undone either. */
  readonly stuck?: boolean;
}

interface MemoryRule {
  readonly rule: TableRule;
  readonly counters: Counters;
}

type Chains = Map<string, MemoryRule[]>;

const BUILT_IN: Readonly<Record<TableName, readonly string[]>> = {
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  raw: ['PREROUTING', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
};

/**
 * The legacy tables of a kernel in memory, for tests of programs that embed portshift. It holds rules, processes
 * no packets, and fails on request. Firewalls that are opened on the same kernel see each other's rules.
 */
export class MemoryKernel {
  readonly #tables = new Map<string, Chains>();
  #failure: MemoryFailure | undefined;
  /** True to simulate running connections that came in on a public port. */
  hasConnections = false;
  /** The connections that are running. portshift removes those that it ends. */
  connections: MemoryConnection[] = [];
  /** Called after every step that has operations, of every commit, with the step's table. */
  onStep: ((id: TableId) => void) | undefined;

  constructor(readonly families: readonly Family[] = ['ipv4', 'ipv6']) {}

  /** Makes the next commit fail. */
  failNext(failure: MemoryFailure): void {
    this.#failure = failure;
  }

  takeFailure(): MemoryFailure | undefined {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }

  chains({ family, table }: TableId): Chains {
    const key = `${family} ${table}`;
    let chains = this.#tables.get(key);
    if (chains === undefined) {
      chains = new Map(BUILT_IN[table].map((name) => [name, []]));
      this.#tables.set(key, chains);
    }
    return chains;
  }

  replace({ family, table }: TableId, chains: Chains): void {
    this.#tables.set(`${family} ${table}`, chains);
  }
}

interface MemoryStep extends TableId {
  readonly expect: string;
  readonly operations: TableOperation[];
}

class MemoryChange implements NativeChange {
  readonly steps: MemoryStep[] = [];

  push(steps: string): void {
    for (const { expect, operations, ...id } of parseSteps(steps)) {
      if (expect !== undefined) this.steps.push({ ...id, expect, operations: [] });
      this.steps.at(-1)?.operations.push(...operations);
    }
  }
}

export class MemorySession implements IptcSession {
  #closed = false;

  constructor(readonly kernel: MemoryKernel) {}

  get families(): readonly Family[] {
    return this.kernel.families;
  }

  async read(tables: readonly TableId[], { chainPrefix = '' }: ReadOptions): Promise<NativeSnapshot> {
    this.#check();
    const rules: ReadRule[] = [];
    const states = tables.map((id) => {
      const chains = this.kernel.chains(id);
      for (const [chain, content] of chains) {
        for (const { rule, counters } of content) {
          if (isOwn(chain, rule, chainPrefix)) rules.push(ReadRule.of({ ...id, chain }, rule, counters));
        }
      }
      const own = [...chains.keys()].filter((name) => name.startsWith(chainPrefix)).map((name) => ({ name }));
      const used = [...chains.values()].some((content) => content.length > 0);
      return { ...id, present: true, used, fingerprint: fingerprint(chains, chainPrefix), chains: own };
    });
    const page = (from: number, count: number) => writePage(rules.slice(from, from + count), tables);
    return { tables: states, size: rules.length, page, isKnown: false, counters: () => undefined };
  }

  look(tables: readonly TableId[], options: Pick<ReadOptions, 'chainPrefix'>): Promise<NativeSnapshot> {
    return this.read(tables, { ...options, lockTimeout: 0 });
  }

  wake(): void {}

  newChange(): MemoryChange {
    return new MemoryChange();
  }

  async commit(
    steps: string,
    { chainPrefix }: { readonly chainPrefix: string },
    change: NativeChange = new MemoryChange(),
  ): Promise<CommitResult> {
    this.#check();
    if (!(change instanceof MemoryChange)) throw new TypeError('a change of another session');
    change.push(steps);
    const { kernel } = this;
    for (const step of change.steps) {
      if (step.expect !== '' && step.expect !== fingerprint(kernel.chains(step), chainPrefix))
        return { status: 'stale' };
    }
    const failure = kernel.takeFailure();
    const before: [TableId, Chains][] = [];
    const fingerprints: string[] = [];
    for (const [index, step] of change.steps.entries()) {
      if (step.operations.length === 0) {
        fingerprints.push(fingerprint(kernel.chains(step), chainPrefix));
        continue;
      }
      try {
        if (failure?.step === index) throw commitFailure(failure.errno ?? 'ENOMEM');
        const chains = carryOut(kernel.chains(step), step.operations);
        before.push([step, kernel.chains(step)]);
        kernel.replace(step, chains);
      } catch (error) {
        const left = this.#undo(before, failure?.stuck === true);
        throw Object.assign(error as Error, { family: step.family, table: step.table, step: index, left });
      }
      fingerprints.push(fingerprint(kernel.chains(step), chainPrefix));
      kernel.onStep?.(step);
    }
    return { status: 'committed', fingerprints };
  }

  async hasTranslatedConnections(): Promise<boolean> {
    this.#check();
    const { hasConnections, connections } = this.kernel;
    return hasConnections || connections.some(({ port, targetPort = port }) => port !== targetPort);
  }

  watchConnections(filters: readonly ConnectionFilter[]): () => Promise<number> {
    return async () => {
      this.#check();
      return this.kernel.connections.filter((one) => filters.some((filter) => matches(filter, one))).length;
    };
  }

  async network(): Promise<Network> {
    return { interfaces: [], addresses: [] };
  }

  async cutConnections(filters: readonly ConnectionFilter[]): Promise<Cut> {
    this.#check();
    const { connections } = this.kernel;
    this.kernel.connections = connections.filter((one) => !filters.some((filter) => matches(filter, one)));
    return { ended: connections.length - this.kernel.connections.length, waiting: 0 };
  }

  /** Does nothing, as no call ever waits here. */
  interrupt(): void {}

  async close(): Promise<void> {
    this.#closed = true;
  }

  #undo(before: readonly [TableId, Chains][], stuck: boolean): NativeError['left'] {
    if (before.length === 0) return 'nothing';
    if (stuck) return 'partial';
    for (const [id, chains] of before.toReversed()) this.kernel.replace(id, chains);
    return 'undone';
  }

  #check(): void {
    if (this.#closed) throw nativeError('closed', 'the session is closed', {});
  }
}

function isOwn(chain: string, { target }: TableRule, prefix: string): boolean {
  return chain.startsWith(prefix) || ('chain' in target && target.chain.startsWith(prefix));
}

function fingerprint(chains: Chains, prefix: string): string {
  const lines: string[] = [];
  for (const [chain, content] of chains) {
    if (chain.startsWith(prefix)) lines.push(chain);
    for (const { rule } of content) {
      if (isOwn(chain, rule, prefix)) lines.push(`${chain} ${JSON.stringify(rule)}`);
    }
  }
  // The fingerprint is never empty: an empty expectation stands for none.
  return `own\n${lines.join('\n')}`;
}

function nativeError(kind: NativeError['kind'], message: string, fields: Partial<NativeError>): NativeError {
  return Object.assign(new Error(message), { kind, ...fields });
}

function commitFailure(errnoName: string): NativeError {
  return nativeError('commit', `commit failed: ${errnoName}`, { errnoName, syscall: 'commit' });
}

function carryOut(chains: Chains, operations: readonly TableOperation[]): Chains {
  const result: Chains = new Map([...chains].map(([name, content]) => [name, [...content]]));
  for (const [operation, one] of operations.entries()) {
    const fail = (errnoName: string) => {
      throw nativeError('operation', `${one.op} in ${one.chain}: ${errnoName}`, {
        errnoName,
        syscall: one.op,
        operation,
      });
    };
    const content = result.get(one.chain);
    if (one.op === 'createChain') {
      if (content !== undefined) fail('EEXIST');
      result.set(one.chain, []);
      continue;
    }
    if (content === undefined) return fail('ENOENT') as never;
    switch (one.op) {
      case 'deleteChain':
        if (content.length > 0) fail('ENOTEMPTY');
        result.delete(one.chain);
        break;
      case 'insert':
        content.unshift({ rule: one.rule, counters: { packets: 0, bytes: 0 } });
        break;
      case 'append':
        content.push({ rule: one.rule, counters: { packets: 0, bytes: 0 } });
        break;
      case 'delete': {
        const text = ruleJson(one.rule);
        const index = content.findIndex(({ rule }) => ruleJson(rule) === text);
        if (index < 0) fail('ENOENT');
        content.splice(index, 1);
        break;
      }
    }
  }
  return result;
}
