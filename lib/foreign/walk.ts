import type { Family } from '../tables/table-rule';
import { Judging, type Outcome } from './judging';
import { loopedBack, type Packet } from './packet';
import type { BaseChain, Effect, FilterRule, Hook, PacketFilter, RuleReference } from './packet-filter';

/** Where a packet's way ends. */
export type Verdict =
  | 'delivered'
  /** Translated to another host's address. */
  | 'forwarded'
  | 'dropped'
  | 'rejected'
  | 'unknown';

/** What decided: a rule, or the policy of the chain that the reference names. */
export interface Decision {
  readonly reference: RuleReference;
  /** Absent: it was the policy. */
  readonly rule?: FilterRule;
  /** The base chain in which it was decided. */
  readonly base: BaseChain;
  readonly action: string;
  /** What of the rule could not be evaluated. */
  readonly undecoded: readonly string[];
}

export interface Ending {
  readonly verdict: Verdict;
  /** As the packet is then. */
  readonly packet: Packet;
  /** What decided in each base chain on its way, the last one last. */
  readonly stations: readonly Decision[];
  /** The rules that must match for the packet to come here, though it cannot be told whether they do. */
  readonly doubtful: readonly Decision[];
}

export interface Walk {
  /** What becomes of a packet that no doubtful rule takes out of its way. */
  readonly usual: Ending;
  /** What becomes of it where a doubtful rule matches. */
  readonly others: readonly Ending[];
}

export interface WalkOptions {
  /** Of chains of equal priority in different backends: those of the legacy tables come first. Default true. */
  readonly legacyFirst?: boolean;
  /** Whether an address, in hexadecimal digits, is one of this host's. Default: only those of the loopback interface are. */
  readonly isLocal?: (address: string) => boolean;
  /** The hooks; default: those of a packet to this host. */
  readonly hooks?: readonly Hook[];
}

/** The packet comes from outside to this host. */
const FROM_OUTSIDE: readonly Hook[] = ['prerouting', 'input'];
/** The host sends it to itself. */
const FROM_HOST: readonly Hook[] = ['output', 'postrouting', 'prerouting', 'input'];

/** So many ways of one packet are followed at most. */
const MOST_WAYS = 16;

/** One way that a packet may have come so far. */
interface Way {
  readonly packet: Packet;
  readonly stations: readonly Decision[];
  readonly doubtful: readonly Decision[];
}

/** Follows a packet through every chain that it comes to, in the kernel's order. */
export function* walk(filter: PacketFilter, packet: Packet, options: WalkOptions = {}): Generator<void, Walk> {
  const endings: Ending[] = [];
  let ways: readonly Way[] = [{ packet, stations: [], doubtful: [] }];
  const hooks = options.hooks ?? (packet.isLocal ? FROM_HOST : FROM_OUTSIDE);
  const judging = new Judging(filter);
  for (const [index, hook] of hooks.entries()) {
    if (packet.isLocal && hook === 'prerouting' && index > 0) {
      ways = ways.map((way) => ({ ...way, packet: loopedBack(way.packet) }));
    }
    for (const base of basesAt(filter, hook, packet.family, options.legacyFirst ?? true)) {
      ways = yield* pass(base, ways, judging, endings, options);
    }
    if (hook === 'prerouting' || hook === 'output') ways = ways.filter((way) => !endIfForwarded(way, endings));
  }
  for (const way of ways) endings.push({ verdict: 'delivered', ...way });
  const usual = endings.find(({ doubtful }) => doubtful.length === 0);
  const others = endings.filter(({ doubtful }) => doubtful.length > 0);
  return { usual: usual ?? { verdict: 'unknown', packet, stations: [], doubtful: [] }, others };
}

/** The base chains of a hook in the order in which packets come to them: of equal priority, the latest one first. */
function basesAt({ bases }: PacketFilter, hook: Hook, family: Family, legacyFirst: boolean): BaseChain[] {
  return bases
    .filter((base) => base.hook === hook && base.families.includes(family))
    .sort((a, b) => {
      if (a.priority !== b.priority) return a.priority - b.priority;
      if (a.backend !== b.backend) return (a.backend === 'iptc') === legacyFirst ? -1 : 1;
      return b.age - a.age;
    });
}

/** Has all ways pass a base chain; answers those that go on. */
function* pass(
  base: BaseChain,
  ways: readonly Way[],
  judging: Judging,
  endings: Ending[],
  options: WalkOptions,
): Generator<void, readonly Way[]> {
  const next: Way[] = [];
  for (const way of ways) {
    if (base.type === 'nat' && (way.packet.isSettled || !way.packet.states.includes('new'))) {
      next.push(way);
      continue;
    }
    const { outcomes, through } = yield* judging.evaluate(base.rules(), way.packet);
    const all: Outcome[] = [...outcomes];
    if (through !== undefined)
      all.push({ effect: { effect: base.policy }, packet: through.packet, isSure: through.isSure });
    for (const outcome of all) followOutcome(base, way, outcome, next, endings, options);
  }
  return pruned(next);
}

function followOutcome(
  base: BaseChain,
  way: Way,
  { effect, rule, packet, isSure, undecoded = [] }: Outcome,
  next: Way[],
  endings: Ending[],
  options: WalkOptions,
): void {
  const reference = rule?.reference ?? base.reference;
  const decision: Decision = { reference, base, action: effect.effect, undecoded, ...(rule && { rule }) };
  const doubtful = isSure ? way.doubtful : [...way.doubtful, decision];
  const followed = { stations: [...way.stations, decision], doubtful };
  switch (effect.effect) {
    case 'accept':
    // What the program lets pass goes on behind this chain, as does what nobody listens for with --queue-bypass.
    case 'queue':
      next.push({ ...followed, packet });
      return;
    case 'drop':
      endings.push({ ...followed, packet, verdict: 'dropped' });
      return;
    case 'reject':
      endings.push({ ...followed, packet, verdict: 'rejected' });
      return;
    case 'proxy':
      next.push({ ...followed, packet: { ...packet, proxiedBy: reference } });
      return;
    case 'translate': {
      const translated = translate(packet, effect, reference, options);
      next.push({ ...followed, packet: translated });
      // Where it may be untracked, it may not be translated.
      if (packet.states.includes('untracked') && packet.untrackedBy !== undefined) {
        const untracking = { reference: packet.untrackedBy, base, action: 'notrack', undecoded: [] };
        next.push({ ...followed, packet: { ...packet, states: ['untracked'] }, doubtful: [...doubtful, untracking] });
      }
      return;
    }
    default:
      endings.push({ ...followed, packet, verdict: 'unknown' });
  }
}

function translate(
  packet: Packet,
  { address, port }: Extract<Effect, { effect: 'translate' }>,
  reference: RuleReference,
  { isLocal = isLoopback }: WalkOptions,
): Packet {
  const isSame = isUnchanged(packet, address, port);
  const destinationPort = port === undefined ? packet.destinationPort : port === 'unknown' ? 0 : port;
  // What is translated to what it is counts as translated for no test.
  if (isSame) return { ...packet, isSettled: true };
  const isElsewhere = address !== undefined && reference.owner === undefined && !isLocal(address);
  return {
    ...packet,
    destinationPort,
    destination: address === undefined ? packet.destination : address === 'unknown' ? undefined : [address],
    isTranslated: true,
    isSettled: true,
    translatedBy: reference,
    ...(isElsewhere && { isElsewhere }),
  };
}

function isUnchanged({ destination, destinationPort }: Packet, address: string | undefined, port: unknown): boolean {
  if (port !== undefined && port !== destinationPort) return false;
  return address === undefined || (destination?.length === 1 && destination[0] === address);
}

function endIfForwarded(way: Way, endings: Ending[]): boolean {
  if (way.packet.isElsewhere !== true) return false;
  endings.push({ ...way, verdict: 'forwarded' });
  return true;
}

/** 127.0.0.0/8 and ::1. */
function isLoopback(address: string): boolean {
  return (address.length === 8 && address.startsWith('7f')) || /^0{31}1$/.test(address);
}

/** Ways that came to the same packet are one, the one with the least doubt. */
function pruned(ways: readonly Way[]): readonly Way[] {
  const kept = new Map<Packet, Way>();
  for (const way of ways) {
    const known = kept.get(way.packet);
    if (known === undefined || way.doubtful.length < known.doubtful.length) kept.set(way.packet, way);
  }
  return [...kept.values()].sort((a, b) => a.doubtful.length - b.doubtful.length).slice(0, MOST_WAYS);
}
