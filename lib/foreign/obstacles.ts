import type { Publication } from '../model/entry';
import type { Obstacle } from './finding';
import type { BaseChain, FilterRule, RuleReference } from './packet-filter';
import type { Decision, Ending, Walk } from './walk';
import { describeDestination } from './wording';

/** An obstacle and its level. */
export interface Judged {
  readonly level: 'problem' | 'warning' | 'note';
  readonly obstacle: Obstacle;
}

interface Context {
  readonly publication: Publication;
}

/** Returns the obstacles that keep, or may keep, a connection to the public port from its target port. */
export function publicObstacles({ usual, others }: Walk, context: Context): readonly Judged[] {
  const obstacle = publicObstacle(usual, context);
  if (obstacle === undefined) return others.flatMap((one) => doubtfulObstacle(one, context));
  if (obstacle.code === 'undecided') return [{ level: 'note', obstacle }];
  const unless = others.find((one) => arrives(publicObstacle(one, context)))?.doubtful[0];
  if (unless === undefined) return [{ level: 'problem', obstacle }];
  return [{ level: 'warning', obstacle: { ...obstacle, unless } }];
}

function arrives(obstacle: Obstacle | undefined): boolean {
  return obstacle === undefined || obstacle.action === 'queue' || obstacle.action === 'zone';
}

/**
 * Returns the obstacle of a doubtful ending. A rule that drops packets by their source or their rate is intended, and
 * is reported only if a part of it could not be decoded; a rule that takes the port is always reported.
 */
function doubtfulObstacle(ending: Ending, context: Context): readonly Judged[] {
  const obstacle = publicObstacle(ending, context);
  const [doubt] = ending.doubtful;
  if (obstacle === undefined || doubt?.reference.owner !== undefined) return [];
  if (obstacle.code !== 'target-blocked' && obstacle.code !== 'port-blocked' && obstacle.code !== 'undecided') {
    return [{ level: 'warning', obstacle: { ...obstacle, isDoubtful: true } }];
  }
  const undecoded = ending.doubtful.flatMap((one) => one.undecoded);
  if (undecoded.length === 0) return [];
  return [{ level: 'note', obstacle: { ...obstacle, code: 'undecided', isDoubtful: true, undecoded } }];
}

/** Returns undefined if the connection arrives at the target port, or if no foreign rule decides about it. */
function publicObstacle(ending: Ending, { publication }: Context): Obstacle | undefined {
  const { verdict, packet, stations } = ending;
  const last = stations.at(-1);
  const { translatedBy, proxiedBy } = packet;
  const made = (code: Obstacle['code'], by: RuleReference, action: string, instead?: string): Obstacle => ({
    code,
    by,
    action,
    isDoubtful: false,
    ...(instead !== undefined && { instead }),
  });
  if (verdict === 'unknown') {
    if (last === undefined) return undefined;
    return { ...made('undecided', last.reference, last.action), undecoded: last.undecoded };
  }
  if (verdict === 'dropped' || verdict === 'rejected') {
    if (last === undefined || last.reference.owner !== undefined) return undefined;
    if (translatedBy !== undefined) return made('target-blocked', last.reference, last.action);
    const isBefore = last.base.hook === 'prerouting' || last.base.hook === 'output';
    // The packet came to INPUT untranslated: the obstacle is the rule that kept it from being redirected.
    return isBefore ? made('port-blocked', last.reference, last.action) : notRedirected(ending);
  }
  if (proxiedBy !== undefined) return made('port-taken', proxiedBy, 'proxy', "a proxy's socket");
  if (translatedBy === undefined) return notRedirected(ending);
  const isThere = verdict === 'delivered' && packet.destinationPort === publication.targetPort;
  if (translatedBy.owner !== undefined || isThere) return left(ending);
  const instead = describeDestination(packet.destinationPort, packet.destination, packet.isElsewhere === true);
  return made('port-taken', translatedBy, 'translate', instead);
}

/** Returns what may break a connection that arrives: a program may drop it, or its replies may be in another zone. */
function left({ stations, packet }: Ending): Obstacle | undefined {
  const queue = stations.find(({ action, reference }) => action === 'queue' && reference.owner === undefined);
  if (queue !== undefined) {
    return { code: 'undecided', by: queue.reference, action: 'queue', isDoubtful: false };
  }
  if (packet.zonedBy === undefined) return undefined;
  const undecoded = ['the zone of connection tracking, which answers must be in as they leave the target port'];
  return { code: 'undecided', by: packet.zonedBy, action: 'zone', isDoubtful: false, undecoded };
}

/**
 * Returns the foreign rule that kept the packet from being redirected. Returns undefined if portshift's own rules are
 * not there.
 */
function notRedirected({ packet, stations }: Ending): Obstacle | undefined {
  if (packet.untrackedBy !== undefined && !packet.states.includes('new')) {
    return { code: 'port-untracked', by: packet.untrackedBy, action: 'notrack', isDoubtful: false };
  }
  const skipping = stations.find((one) => one.base.type === 'nat' && isForeignAccept(one) && hasOwn(one.base));
  return skipping && { code: 'port-skipped', by: skipping.reference, action: 'accept', isDoubtful: false };
}

/** Returns the obstacles that let in, or may let in, a connection to the closed target port itself. */
export function closedObstacles({ usual, others }: Walk, context: Context): readonly Judged[] {
  const obstacle = openedBy(usual, context);
  if (obstacle?.action === 'queue') return [{ level: 'warning', obstacle: { ...obstacle, isDoubtful: true } }];
  if (obstacle !== undefined) return [{ level: 'problem', obstacle }];
  const found = others.flatMap((one): Judged[] => {
    const by = openedBy(one, context);
    return by === undefined ? [] : [{ level: 'warning', obstacle: { ...by, isDoubtful: true } }];
  });
  return found.slice(0, 1);
}

function openedBy({ verdict, packet, stations, doubtful }: Ending, { publication }: Context): Obstacle | undefined {
  if (verdict !== 'delivered' || packet.destinationPort !== publication.targetPort) return undefined;
  const { translatedBy } = packet;
  if (translatedBy !== undefined) {
    if (translatedBy.owner !== undefined) return undefined;
    return { code: 'target-open', by: translatedBy, action: 'translate', isDoubtful: false };
  }
  const accepting = [...stations]
    .reverse()
    .find((one) => one.base.hook === 'input' && isForeignAccept(one) && hasOwn(one.base));
  const by = accepting ?? doubtful.find(({ reference }) => reference.owner === undefined);
  if (by === undefined || by.rule === undefined) return undefined;
  const action = by.action === 'queue' ? 'queue' : 'accept';
  return { code: 'target-open', by: by.reference, action, isDoubtful: false };
}

/**
 * Returns true if a foreign rule ends a chain for packets that it lets pass: by ACCEPT, or by a queue to a program that
 * may accept them.
 */
function isForeignAccept({ rule, reference, action }: Decision): boolean {
  return rule !== undefined && reference.owner === undefined && (action === 'accept' || action === 'queue');
}

/** Returns true if portshift has rules in the chain. They come behind a rule that ends it. */
function hasOwn(base: BaseChain): boolean {
  return base.rules().some(({ reference }) => reference.owner !== undefined);
}

/**
 * Adds the rules that match the public port, although packets arrive with the target port: they deny packets that are
 * let in nevertheless, or accept packets that are denied.
 * @param asPublic the walk of the packet at INPUT as if it had the public port there
 */
export function ineffective(
  all: readonly Judged[],
  { usual: asPublic }: Walk,
  { usual }: Walk,
  { publication }: Context,
): readonly Judged[] {
  const blocked = all.find(({ obstacle }) => obstacle.code === 'target-blocked');
  const decisive = asPublic.stations.filter(
    ({ rule }) => rule !== undefined && isAboutPublicPort(rule, asPublic, usual),
  );
  if (blocked !== undefined) {
    const accepts = asPublic.verdict === 'delivered' ? decisive.find(isForeignAccept) : undefined;
    if (accepts === undefined) return all;
    const extended = { ...blocked, obstacle: { ...blocked.obstacle, accepts: accepts.reference } };
    return all.map((one) => (one === blocked ? extended : one));
  }
  const isIn = usual.verdict === 'delivered' && usual.packet.destinationPort === publication.targetPort;
  const denying = asPublic.verdict === 'dropped' || asPublic.verdict === 'rejected' ? decisive.at(-1) : undefined;
  if (!isIn || denying === undefined || denying !== asPublic.stations.at(-1)) return all;
  const { reference, action } = denying;
  return [
    ...all,
    { level: 'warning', obstacle: { code: 'filter-ineffective', by: reference, action, isDoubtful: false } },
  ];
}

/**
 * Returns true if a foreign rule matches the packet with the public port, and not the same packet with the target port.
 */
function isAboutPublicPort(rule: FilterRule, asPublic: Ending, usual: Ending): boolean {
  if (rule.reference.owner !== undefined) return false;
  const withTarget = { ...asPublic.packet, destinationPort: usual.packet.destinationPort };
  return rule.judge(asPublic.packet).matches === 'yes' && rule.judge(withTarget).matches === 'no';
}
