import type { ConnectionFilter } from '../backends/connections';
import { type Change, type Group, isList, Regrouping } from '../plan/change';
import type { Entry } from '../rules/entry';
import type { MarkDropRule } from '../rules/mark-drop';
import { spanOf } from '../rules/port';
import type { Publication } from '../rules/publication';
import type { RedirectRule } from '../rules/redirect';
import type { PortSpan } from '../tables/table-rule';

/** Whether connections end when this entry goes in. */
export function cuts({ rule }: Entry): boolean {
  return rule.kind === 'markDrop' && rule.established === 'drop';
}

/** Whether connections may end with a change; most that cannot are told at a glance. */
export function mayCut(change: Change): boolean {
  if (change instanceof Regrouping && !isCutting(change.after)) return false;
  return change.added.some(cuts);
}

/** Whether any of a group is to end connections. */
function isCutting(group: Group | undefined): boolean {
  if (group === undefined) return false;
  return isList(group) || group.publication?.established === 'drop';
}

/** The direct connections that end when these entries go in, in as few filters as there can be. */
export function cutBy(entries: readonly Entry[]): ConnectionFilter[] {
  const groups = new Map<string, MarkDropRule[]>();
  for (const { rule } of entries) {
    if (rule.kind !== 'markDrop' || rule.established !== 'drop') continue;
    const key = `${rule.protocol} ${rule.family} ${rule.direct}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [rule]);
    else group.push(rule);
  }
  return [...groups.values()].flatMap(([first, ...others]) => (first === undefined ? [] : [cut(first, others)]));
}

function cut(first: MarkDropRule, others: readonly MarkDropRule[]): ConnectionFilter {
  return {
    protocol: first.protocol,
    ...(first.family !== undefined && { family: first.family }),
    translated: false,
    ports: merged([first, ...others].map(({ port }) => spanOf(port))),
    spareLocal: first.direct === 'local',
  };
}

type Way = Pick<Publication, 'protocol' | 'port' | 'targetPort' | 'destination' | 'targetAddress' | 'family'>;

/** The connections that came in on a published port, on any of its ports. */
function through({ protocol, targetPort, destination, targetAddress, family }: Way) {
  return {
    protocol,
    ...(family !== undefined && { family }),
    translated: true,
    targetPort,
    ...(destination !== undefined && { destination }),
    ...(targetAddress !== undefined && { targetAddress }),
  };
}

/** Those that the published port as it was before let in, and as it is now leads nowhere, or elsewhere. */
export function leftBehind(before: Publication, after: Publication): ConnectionFilter {
  const sameTarget = before.targetPort === after.targetPort;
  return {
    ...through(before),
    ports: [spanOf(before.port)],
    ...(sameTarget && { exceptPorts: [spanOf(after.port)] }),
  };
}

/**
 * Those that use what a published port was before: its port; and where no published port of that name leads to its
 * target any more, that target, on whichever port they came in. Whatever an installed redirect leads there is no
 * matter of before.
 */
export function usersOf(before: Publication, installed: readonly Entry[]): readonly ConnectionFilter[] {
  const present = installed.flatMap(({ rule, name }) =>
    rule.kind === 'redirect' && leadsThere(rule, before) ? [{ rule, own: name === before.name }] : [],
  );
  const samePlace = present.filter(
    ({ rule }) => rule.destination === before.destination && rule.interface === before.interface,
  );
  const port = spanOf(before.port);
  const onPort = {
    ...through(before),
    ports: [port],
    exceptPorts: merged(samePlace.map(({ rule }) => spanOf(rule.port))),
  };
  if (present.some(({ own }) => own)) return [onPort];
  const { destination: _destination, ...anywhere } = through(before);
  return [onPort, { ...anywhere, exceptPorts: merged([port, ...present.map(({ rule }) => spanOf(rule.port))]) }];
}

function leadsThere({ protocol, targetPort, targetAddress }: RedirectRule, before: Publication): boolean {
  return protocol === before.protocol && targetPort === before.targetPort && targetAddress === before.targetAddress;
}

/** The same ports in as few spans as there can be. */
function merged(spans: readonly PortSpan[]): PortSpan[] {
  const result: [number, number][] = [];
  for (const [first, last] of [...spans].sort((a, b) => a[0] - b[0])) {
    const previous = result.at(-1);
    if (previous !== undefined && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else result.push([first, last]);
  }
  return result;
}
