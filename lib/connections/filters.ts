import type { ConnectionFilter } from '../backends/connections';
import { type Change, type Group, isList, Regrouping } from '../model/change';
import type { Entry } from '../model/entry';
import type { LoopbackRule } from '../model/loopback';
import type { MarkDropRule } from '../model/mark-drop';
import { spanOf } from '../model/port';
import type { Publication } from '../model/publication';
import type { RedirectRule } from '../model/redirect';
import type { PortSpan } from '../model/table-rule';

/** Returns true if connections end when this entry is installed. */
export function cuts({ rule }: Entry): boolean {
  return rule.kind === 'markDrop' && rule.established === 'drop';
}

/**
 * Returns true if the change may end connections. Most changes that cannot are recognized without expanding their
 * entries.
 */
export function mayCut(change: Change): boolean {
  if (change instanceof Regrouping && !isCutting(change.after)) return false;
  return change.added.some(cuts);
}

/** Returns true if any entry of the group may end connections. */
function isCutting(group: Group | undefined): boolean {
  if (group === undefined) return false;
  return isList(group) || group.publication?.established === 'drop';
}

/** Returns filters for the direct connections that end when these entries are installed, as few filters as possible. */
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

/** Returns true if the entry may redirect clients that sent earlier and were never answered. */
export function mayTakeAlong({ rule }: Entry): boolean {
  return rule.protocol === 'udp' && rule.kind !== 'markDrop';
}

/**
 * Returns true if the change may redirect clients that were never answered. Most changes that cannot are recognized
 * without expanding their entries.
 */
export function mayTakeAnyAlong(change: Change): boolean {
  if (change instanceof Regrouping && !mayRedirectUdp(change.after)) return false;
  return change.added.some(mayTakeAlong);
}

function mayRedirectUdp(group: Group | undefined): boolean {
  if (group === undefined) return false;
  return isList(group) || group.publication?.protocol !== 'tcp';
}

/** The public ports of rules for the same addresses, separately for clients outside and on the host. */
interface Reached {
  readonly rule: RedirectRule | LoopbackRule;
  readonly outside: PortSpan[];
  readonly host: PortSpan[];
}

/**
 * Returns filters, as few as possible, for the UDP flows to ports that these entries redirect, which no rule has
 * translated and nobody has answered. Their clients sent before the entries were installed.
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

/** Returns the part of a filter that matches connections through a published port, whichever of its ports they used. */
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

/**
 * Returns the filter for connections that came in through the previous publication and that the present one does not
 * redirect, or redirects elsewhere.
 */
export function leftBehind(before: Publication, after: Publication): ConnectionFilter {
  const sameTarget = before.targetPort === after.targetPort;
  return {
    ...through(before),
    ports: [spanOf(before.port)],
    ...(sameTarget && { exceptPorts: [spanOf(after.port)] }),
  };
}

/**
 * Returns filters for the connections that use a former publication: those to its port and, if no published port of
 * that name leads to its target any more, those to that target through any port. Connections to the port of an
 * installed redirect to that target do not count.
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

/** Merges spans of ports into as few as possible. */
function merged(spans: readonly PortSpan[]): PortSpan[] {
  const result: [number, number][] = [];
  for (const [first, last] of [...spans].sort((a, b) => a[0] - b[0])) {
    const previous = result.at(-1);
    if (previous !== undefined && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else result.push([first, last]);
  }
  return result;
}
