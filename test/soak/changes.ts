import { setTimeout as sleep } from 'node:timers/promises';
import { type FirewallErrorCode, openFirewall } from '../../lib';
import { Changer } from './changer';
import { installedRules } from './installed';
import { PROTOCOLS } from './places';
import type { ChangeRequest, ChangeResponse } from './protocol';
import type { Sabotage } from './sabotage';
import { BLUE, GREEN, RED, Stage } from './stage';

/** Where the service is, and where a move takes it. */
export const HOME = 8445;
const AWAY = 8446;
export const OTHER = { ...Stage.service('tcp', 8500, RED, 'other'), port: 8500, name: 'other-tcp' };

/** A change, and the one that takes it back. */
export interface Change {
  readonly there: ChangeRequest;
  readonly back: ChangeRequest;
  /** How many legacy tables it takes. */
  readonly commits: number;
}

export const CHANGES: readonly Change[] = [
  {
    there: { change: 'retarget', name: 'web-udp', to: GREEN },
    back: { change: 'retarget', name: 'web-udp', to: BLUE },
    commits: 10,
  },
  {
    there: { change: 'move', name: 'web-tcp', to: AWAY },
    back: { change: 'move', name: 'web-tcp', to: HOME },
    commits: 2,
  },
  { there: { change: 'publish', options: OTHER }, back: { change: 'withdraw', name: OTHER.name }, commits: 6 },
];

const CLIENTS = 'previous port, then next';

/** Publishes a service over both protocols, and lets the load on it begin. */
export async function prepare(stage: Stage): Promise<void> {
  for (const protocol of PROTOCOLS) await stage.firewall.publish(Stage.service(protocol, HOME, BLUE));
  await stage.load.hammer(CLIENTS, [HOME, AWAY], 'open', 2);
  await stage.load.keepOpen('kept open', HOME, 25);
  await stage.begin();
}

/** Makes the change by the changer, after telling the clients. */
export async function carryOut(stage: Stage, changer: Changer, request: ChangeRequest) {
  await expect(stage, request);
  return changer.change(request);
}

/** A move that fails is undone: whoever finds the previous port closed, and then the next one, finds it open again. */
async function expect(stage: Stage, request: ChangeRequest): Promise<void> {
  if (request.change !== 'move') return;
  const from = request.to === AWAY ? HOME : AWAY;
  await stage.load.aim(CLIENTS, [from, request.to, from]);
}

export async function openChanger(
  stage: Stage,
  options: { sabotage?: Sabotage; lockTimeout?: number } = {},
): Promise<Changer> {
  const changer = new Changer(stage.hosts.server.namespace, { backend: stage.backend, ...options });
  await changer.open();
  return changer;
}

/** Another process opens the firewall, finds the state of before or after the change, and takes it back. */
export async function repairAndGoBack(stage: Stage, back: ChangeRequest): Promise<void> {
  await using firewall = await openFirewall({ backend: stage.backend, namespace: stage.hosts.path });
  const published = await firewall.published();
  const names = new Set(published.map(({ name }) => name));
  const kept = PROTOCOLS.flatMap((protocol) => [`web-${protocol}`, `vault-${protocol}`]);
  const missing = kept.filter((name) => !names.has(name));
  stage.note('repairs', missing.length === 0 ? undefined : `${missing.join(', ')} not published`);
  await expect(stage, back);
  if (back.change !== 'publish') {
    const port = published.find(({ name }) => name === back.name);
    if (back.change === 'withdraw') await port?.withdraw();
    else await port?.[back.change](back.to);
  }
  const wanted = PROTOCOLS.flatMap((protocol) => [Stage.service(protocol, HOME, BLUE), Stage.vault(protocol)]);
  const { added, removed } = await firewall.planAll(wanted);
  const left = [...added, ...removed].map(({ text }) => text);
  stage.note('repaired to the full', left.length === 0 ? undefined : left.join('; '));
}

export async function anyMoment(ms: number): Promise<void> {
  await sleep(Math.random() * ms);
}

export function installed(stage: Stage): Promise<string[]> {
  return installedRules(stage.hosts.server.namespace, stage.backend);
}

export function noteDone(stage: Stage, { change }: ChangeRequest, response: ChangeResponse | undefined): void {
  const error = response === undefined ? 'no answer' : response.error?.message;
  stage.note('changes', error === undefined ? undefined : `${change}: ${error}`);
}

/** What is wrong with an answer that should be this error; undefined if nothing is. */
export function wrongAnswer(
  { change }: ChangeRequest,
  response: ChangeResponse | undefined,
  code: FirewallErrorCode,
): string | undefined {
  const error = response?.error;
  return error?.code === code ? undefined : `${change}: ${error?.code ?? 'done'} ${error?.message ?? ''}, not ${code}`;
}
