import { join } from 'node:path';
import { type BackendName, openFirewall } from '../../lib';
import { Namespace } from '../support/namespace';
import { ForeignRules } from './foreign';
import { installedRules } from './installed';
import type { ChurnOptions, ChurnReport, Told } from './protocol';
import type { Totals } from './totals';

export interface ProcessesOptions {
  readonly backend: BackendName;
  readonly processes: number;
  readonly ms: number;
}

export interface ProcessesResult {
  readonly reports: readonly ChurnReport[];
  readonly foreignRounds: number;
  /** Empty if nothing was lost. */
  readonly problems: readonly string[];
}

export const PROCESSES = 'eight processes';
const ROOT = join(__dirname, '..', '..');
const SHARED = 'shared';

/** Several processes change ports of the same owner at once, while a shell loop adds and deletes foreign rules. */
export async function runProcesses({ backend, processes, ms }: ProcessesOptions): Promise<ProcessesResult> {
  await using namespace = await Namespace.create();
  await using firewall = await openFirewall({ backend, namespace: namespace.path });
  await firewall.publish({ name: SHARED, port: 9_100, targetPort: 7_001 });
  await using foreign = await ForeignRules.begin(namespace);
  const indexes = Array.from({ length: processes }, (_, index) => index);
  const reports = await Promise.all(indexes.map((index) => churn(namespace, { backend, index, ms, shared: SHARED })));
  const { differences, rounds } = await foreign.end();
  const failures = reports.flatMap(({ failures }, index) => failures.map((one) => `process ${index}: ${one}`));
  const told = reports.flatMap(({ published }) => published);
  const published = (await firewall.published()).map(({ name, protocol, port, targetPort }): Told => {
    return { name, protocol, port: Number(port), targetPort };
  });
  const shared = published.find(({ name }) => name === SHARED);
  const moved = reports.flatMap(({ shared }) => shared ?? []);
  const wanted = shared === undefined ? told : [...told, shared];
  const { added, removed } = await firewall.planAll(wanted);
  const problems = [
    ...failures,
    ...differences,
    ...added.map(({ text }) => `not installed: ${text}`),
    ...removed.map(({ text }) => `nobody was told: ${text}`),
    ...firewall.repaired.map((one) => `was damaged: ${one}`),
    ...(shared === undefined ? [`${SHARED} is lost`] : []),
    ...(moved.includes(shared?.port ?? 0) || moved.length === 0
      ? []
      : [`nobody was told: ${SHARED} on ${shared?.port}`]),
    ...(await unlikeAfresh(backend, wanted, await installedRules(namespace, backend))),
  ];
  return { reports, foreignRounds: rounds, problems };
}

async function churn(namespace: Namespace, options: ChurnOptions): Promise<ChurnReport> {
  const program = ['--require', 'tsx/cjs', join(__dirname, 'churn-process.ts'), JSON.stringify(options)];
  const { stdout } = await namespace.exec(process.execPath, program, { cwd: ROOT, timeout: options.ms + 60_000 });
  return JSON.parse(stdout) as ChurnReport;
}

/** How the rules differ from those of the same ports published at once where there was nothing before. */
async function unlikeAfresh(backend: BackendName, wanted: readonly Told[], found: string[]): Promise<string[]> {
  await using namespace = await Namespace.create();
  await using firewall = await openFirewall({ backend, namespace: namespace.path });
  await firewall.publishAll(wanted);
  const rules = await installedRules(namespace, backend);
  return [
    ...rules.filter((line) => !found.includes(line)).map((line) => `missing: ${line}`),
    ...found.filter((line) => !rules.includes(line)).map((line) => `too many: ${line}`),
    ...(rules.length === found.length ? [] : [`${found.length} lines, not ${rules.length}`]),
  ];
}

/** The same, counted. */
export async function countProcesses(options: ProcessesOptions, totals: Totals): Promise<void> {
  const { reports, foreignRounds, problems } = await runProcesses(options);
  const sum = (what: 'changes' | 'conflicts' | 'starved') => reports.reduce((total, report) => total + report[what], 0);
  const failures: Record<string, number> = {};
  for (const problem of problems) failures[problem] = (failures[problem] ?? 0) + 1;
  totals.add(PROCESSES, 'changes', { attempts: sum('changes'), failures });
  totals.add(PROCESSES, 'refused: port taken', { attempts: sum('conflicts') });
  totals.add(PROCESSES, 'given up: too many others', { attempts: sum('starved') });
  totals.add(PROCESSES, 'rounds of foreign rules', { attempts: foreignRounds });
}
