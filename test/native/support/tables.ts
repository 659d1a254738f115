import { loadAddon } from '../../../lib/backends/addon';
import { stepsJson } from '../../../lib/backends/iptc/steps-json';
import { readPage } from '../../../lib/backends/rule-page';
import type {
  CommitResult,
  IptcAddon,
  IptcSession,
  NativeError,
  NativeSnapshot,
} from '../../../lib/backends/table-session';
import type { Counters, Family, TableName, TableRule } from '../../../lib/model/table-rule';
import type { TableOperation } from '../../../lib/model/table-step';
import type { Namespace } from '../../support/namespace';

export const addon = (): IptcAddon => loadAddon<IptcAddon>('iptc');

export const PREFIX = 'own-';
export const LOCK_TIMEOUT = 10_000;
export const OPTIONS = { chainPrefix: PREFIX, lockTimeout: LOCK_TIMEOUT } as const;

export interface StepSpec {
  readonly family?: Family;
  readonly table: TableName;
  readonly expect?: string;
  readonly operations: readonly TableOperation[];
}

export function openIn(namespace: Namespace): Promise<IptcSession> {
  return addon().open({ namespace: namespace.path });
}

/** Steps as they cross into the addon. */
export function changeOf(...steps: StepSpec[]): string {
  return stepsJson(steps.map((step) => ({ family: 'ipv4', expect: '', ...step })));
}

export async function commit(session: IptcSession, ...steps: StepSpec[]): Promise<CommitResult> {
  return session.commit(changeOf(...steps), OPTIONS);
}

/** The error of a commit that must fail. */
export async function commitError(session: IptcSession, ...steps: StepSpec[]): Promise<NativeError> {
  return errorOf(commit(session, ...steps));
}

export async function errorOf(promise: Promise<unknown>): Promise<NativeError> {
  try {
    await promise;
  } catch (error) {
    return error as NativeError;
  }
  throw new Error('nothing was rejected');
}

export function read(session: IptcSession, table: TableName, family: Family = 'ipv4'): Promise<NativeSnapshot> {
  return session.read([{ family, table }], OPTIONS);
}

export async function fingerprint(session: IptcSession, table: TableName, family: Family = 'ipv4'): Promise<string> {
  const { tables } = await read(session, table, family);
  return tables[0]?.fingerprint ?? '';
}

export async function rulesOf(session: IptcSession, table: TableName, family: Family = 'ipv4'): Promise<TableRule[]> {
  return recordsOf(await read(session, table, family)).map(({ rule }) => rule);
}

export interface RuleRecord {
  /** Index into the snapshot's tables. */
  readonly table: number;
  readonly chain: string;
  readonly rule: TableRule;
  readonly counters: Counters;
}

/** Rules of a snapshot, all of them or a slice. */
export function recordsOf(snapshot: NativeSnapshot, from = 0, count = snapshot.size): RuleRecord[] {
  const { tables } = snapshot;
  return readPage(snapshot.page(from, count), tables).map(({ family, table, chain, rule, counters }) => {
    return { table: tables.findIndex((one) => one.family === family && one.table === table), chain, rule, counters };
  });
}

/** A rule that closes a port, for tests that need some rule and do not care which. */
export function closing(port: number): TableRule {
  return {
    protocol: 'tcp',
    matches: [{ match: 'tcp', destinationPorts: [port, port] }],
    target: { target: 'DROP' },
  };
}

export const jumpTo = (chain: string): TableRule => ({ matches: [], target: { target: 'jump', chain } });

/** `iptables-legacy-save -c` without the comments, which hold the time. */
export async function saved(
  namespace: Namespace,
  family: Family = 'ipv4',
  args: readonly string[] = ['-c'],
): Promise<string> {
  const command = family === 'ipv4' ? 'iptables-legacy-save' : 'ip6tables-legacy-save';
  const { stdout } = await namespace.exec(command, args);
  return stdout.replace(/^#.*\n/gm, '');
}
