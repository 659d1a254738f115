import { addressBytes } from '../backends/nft';
import { familyOf } from '../model/address';
import type { Publication } from '../model/entry';
import { spanOf } from '../model/port';
import type { Family } from '../model/table-rule';
import type { ForeignFinding } from './finding';
import type { HostView } from './host';
import { closedObstacles, ineffective, type Judged, publicObstacles } from './obstacles';
import { type Opening, openingPacket } from './packet';
import type { PacketFilter, RuleReference } from './packet-filter';
import { walk } from './walk';
import { describeObstacle } from './wording';

/** The filter and the host that are judged, and the published ports for which they are. */
export interface Subject {
  readonly filter: PacketFilter;
  readonly host: HostView;
  readonly published: readonly Publication[];
}

/** The maximum number of published ports that are judged. */
export const MOST_PUBLISHED = 100;

const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];
const FAMILY_NAMES: Readonly<Record<Family, string>> = { ipv4: 'IPv4', ipv6: 'IPv6' };

/** Returns the findings about foreign rules that affect published and closed ports, each with the rule that does so. */
export function* foreignFindings({ filter, host, published }: Subject): Generator<void, ForeignFinding[]> {
  const findings: ForeignFinding[] = [];
  if (!(yield* hasForeign(filter))) return findings;
  for (const publication of published.slice(0, MOST_PUBLISHED)) {
    const found = new Found();
    for (const family of familiesOf(publication)) yield* judge(filter, host, publication, family, found);
    findings.push(...found.findings(publication));
  }
  if (published.length > MOST_PUBLISHED) findings.push(tooMany(published.length));
  return findings;
}

/** Returns true if anything but portshift decides about packets. */
function* hasForeign({ bases, chains }: PacketFilter): Generator<void, boolean> {
  if (bases.some(({ policy, reference }) => policy === 'drop' && reference.owner === undefined)) return true;
  for (const chain of chains()) {
    yield;
    if (chain.some(({ reference }) => reference.owner === undefined)) return true;
  }
  return false;
}

function tooMany(count: number): ForeignFinding {
  return {
    level: 'note',
    code: 'not-looked-at',
    text: `of ${count} published ports, the first ${MOST_PUBLISHED} were looked at`,
  };
}

function familiesOf({ family, destination, targetAddress }: Publication): readonly Family[] {
  const address = destination ?? targetAddress;
  const only = address === undefined ? family : familyOf(address);
  return only === undefined ? FAMILIES : [only];
}

function* judge(
  filter: PacketFilter,
  host: HostView,
  publication: Publication,
  family: Family,
  found: Found,
): Generator<void> {
  const { protocol, targetPort, destination, loopback, direct } = publication;
  const only = destination === undefined ? undefined : [addressBytes(destination)];
  const context = { publication, host };
  if (host.hasOutside(family)) {
    const entrances = host.entrances(family, publication.interface);
    found.entrances.set(family, entrances.length);
    for (const entrance of entrances) {
      const opening = { family, protocol, isLocal: false, in: entrance.in, destination: only ?? entrance.addresses };
      const from = entrance.in?.[0]?.name;
      const way = { family, ...(from !== undefined && { from }) };
      for (const port of samplePorts(publication)) {
        found.add(way, yield* publicWay(filter, context, { ...opening, port }));
      }
    }
  }
  if (direct !== 'open' && host.hasOutside(family)) {
    for (const entrance of host.entrances(family, undefined)) {
      const opening = { family, protocol, isLocal: false, in: entrance.in, destination: entrance.addresses };
      const packet = openingPacket({ ...opening, port: targetPort });
      const walked = yield* walk(filter, packet, { isLocal: host.isLocal });
      found.add({ family }, closedObstacles(walked, context));
    }
  }
  if (!host.hasLoopback(family)) return;
  const own = { family, protocol, isLocal: true, destination: only ?? [loopbackOf(family)] };
  const way = { family, isLocal: true };
  if (loopback) {
    for (const port of samplePorts(publication)) found.add(way, yield* publicWay(filter, context, { ...own, port }));
  }
  if (direct === 'closed') {
    const walked = yield* walk(filter, openingPacket({ ...own, port: targetPort }), { isLocal: host.isLocal });
    found.add(way, closedObstacles(walked, context));
  }
}

interface Context {
  readonly publication: Publication;
  readonly host: HostView;
}

function* publicWay(filter: PacketFilter, context: Context, opening: Opening): Generator<void, readonly Judged[]> {
  const packet = openingPacket(opening);
  const { isLocal } = context.host;
  const walked = yield* walk(filter, packet, { isLocal });
  const obstacles = publicObstacles(walked, context);
  // If a chain of each backend has the same priority, it is unknown which one comes first.
  const other = publicObstacles(yield* walk(filter, packet, { isLocal, legacyFirst: false }), context);
  const differs = other.map(keyOf).join() !== obstacles.map(keyOf).join();
  const all = differs
    ? [...obstacles, ...other].map((one) => ({
        ...one,
        level: lower(one.level),
        obstacle: { ...one.obstacle, isDoubtful: true },
      }))
    : obstacles;
  const named = { ...walked.usual.packet, destinationPort: opening.port };
  const asPublic = yield* walk(filter, named, { hooks: ['input'] });
  return ineffective(all, asPublic, walked, context);
}

function lower(level: Judged['level']): Judged['level'] {
  return level === 'problem' ? 'warning' : level;
}

function loopbackOf(family: Family): string {
  return addressBytes(family === 'ipv4' ? '127.0.0.1' : '::1');
}

/** Returns the ports to try: of a range, its ends and a port between them. */
function samplePorts({ port }: Publication): readonly number[] {
  const [first, last] = spanOf(port);
  return [...new Set([first, Math.floor((first + last) / 2), last])];
}

/** A way that connections take. */
interface Way {
  readonly family: Family;
  readonly isLocal?: boolean;
  readonly from?: string;
}

interface Group {
  readonly judged: Judged;
  readonly ways: Map<string, Way>;
}

/** The obstacles found on all ways, grouped by their cause. */
class Found {
  /** The number of entrances from outside, by family. */
  readonly entrances = new Map<Family, number>();
  readonly #groups = new Map<string, Group>();

  add(way: Way, all: readonly Judged[]): void {
    for (const judged of all) {
      const key = `${way.isLocal === true} ${keyOf(judged)}`;
      const group = this.#groups.get(key) ?? { judged, ways: new Map<string, Way>() };
      this.#groups.set(key, group);
      group.ways.set(JSON.stringify(way), way);
    }
  }

  findings(publication: Publication): ForeignFinding[] {
    const outside = new Set(
      [...this.#groups.values()].filter(({ ways }) => !isForSome(ways)).map(({ judged }) => causeOf(judged)),
    );
    const groups = [...this.#groups.values()].filter(
      ({ judged, ways }) => !isForSome(ways) || !outside.has(causeOf(judged)),
    );
    return groups.map(({ judged, ways }) => {
      const { obstacle } = judged;
      const { name } = publication;
      const described = describeObstacle(publication, obstacle, concerned(publication, ways, this.entrances));
      const level = isForSome(ways) ? lower(judged.level) : judged.level;
      return { level, code: obstacle.code, ...described, name, rule: obstacle.by };
    });
  }
}

/**
 * Returns true if only the host's own clients are concerned. A cause that keeps out clients from outside as well is
 * reported for those only.
 */
function isForSome(ways: ReadonlyMap<string, Way>): boolean {
  return [...ways.values()].every(({ isLocal }) => isLocal === true);
}

function concerned(
  publication: Publication,
  groupWays: ReadonlyMap<string, Way>,
  entrances: ReadonlyMap<Family, number>,
): string {
  const ways = [...groupWays.values()];
  const families = [...new Set(ways.map(({ family }) => family))];
  const [family] = families;
  const over =
    families.length === 1 && family && familiesOf(publication).length > 1 ? [`over ${FAMILY_NAMES[family]}`] : [];
  if (isForSome(groupWays)) return ['from this host itself', ...over].join(' ');
  const from = [...new Set(ways.flatMap(({ from }) => from ?? []))];
  const all = families.reduce((sum, one) => sum + (entrances.get(one) ?? 0), 0);
  const isAll = ways.length >= all || from.length === 0;
  return [...(isAll ? [] : [`from ${from.join(', ')}`]), ...over].join(' ');
}

function placeOf(one: RuleReference): string {
  return [one.backend, one.family, one.table, one.chain, one.number, one.handle].join(' ');
}

/** Returns a key of the kind of an obstacle and of the rule that causes it. */
function causeOf({ obstacle: { code, by } }: Judged): string {
  return `${code}|${placeOf(by)}`;
}

function keyOf(judged: Judged): string {
  const { level, obstacle } = judged;
  return [level, causeOf(judged), obstacle.unless && placeOf(obstacle.unless.reference)].join('|');
}
