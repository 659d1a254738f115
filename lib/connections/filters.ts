import type { ConnectionFilter } from '../backends/connections';
import { type Change, type Group, isList, Regrouping } from '../plan/change';
import type { Entry } from '../rules/entry';
import type { LoopbackRule } from '../rules/loopback';
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
    ...(first.direct === 'local' && { from: 'outside' }),
  };
}

/** Whether clients that were never answered may be taken along by this entry. */
export function mayTakeAlong({ rule }: Entry): boolean {
  return rule.protocol === 'udp' && rule.kind !== 'markDrop';
}

/** Whether a change may take along clients that were never answered; most that cannot are told at a glance. */
export function mayTakeAnyAlong(change: Change): boolean {
  if (change instanceof Regrouping && !mayRedirectUdp(change.after)) return false;
  return change.added.some(mayTakeAlong);
}

function mayRedirectUdp(group: Group | undefined): boolean {
  if (group === undefined) return false;
  return isList(group) || group.publication?.protocol !== 'tcp';
}

/** The public ports of rules for the same addresses, by where clients come from. */
interface Reached {
  readonly rule: RedirectRule | LoopbackRule;
  readonly outside: PortSpan[];
  readonly host: PortSpan[];
}

/**
 * The UDP flows that ask for a port which these entries redirect, that no rule translates and that nobody has answered:
 * their clients sent before the entries went in. In as few filters as there can be.
 */
export function unansweredOn(entries: readonly Entry[]): ConnectionFilter[] {
  const groups = new Map<string, Reached>();
  for (const { rule } of entries) {
    if (rule.protocol !== 'udp' || rule.kind === 'markDrop') continue;
    const key = `${rule.family} ${rule.destination}`;
    let group = groups.get(key);
    if (group === undefined) {
      group = { rule, outside: [], host: [] };
      groups.set(key, group);
    }
    group[rule.kind === 'redirect' ? 'outside' : 'host'].push(spanOf(rule.port));
  }
  return [...groups.values()].flatMap(({ rule, outside, host }) => {
    const [fromOutside, fromHost] = [merged(outside), merged(host)];
    if (isSameSpans(fromOutside, fromHost)) return [unanswered(rule, fromOutside)];
    return [
      ...(outside.length > 0 ? [{ ...unanswered(rule, fromOutside), from: 'outside' } as const] : []),
      ...(host.length > 0 ? [{ ...unanswered(rule, fromHost), from: 'host' } as const] : []),
    ];
  });
}

function unanswered({ family, destination }: RedirectRule | LoopbackRule, ports: readonly PortSpan[]) {
  return {
    protocol: 'udp',
    ...(family !== undefined && { family }),
    ...(destination !== undefined && { destination }),
    translated: false,
    unanswered: true,
    ports,
  } as const;
}

function isSameSpans(one: readonly PortSpan[], other: readonly PortSpan[]): boolean {
  return (
    one.length === other.length &&
    one.every(([first, last], index) => other[index]?.[0] === first && other[index]?.[1] === last)
  );
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
