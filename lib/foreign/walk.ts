import type { Family } from '../model/table-rule';
import { Judging, type Outcome } from './judging';
import { loopedBack, type Packet } from './packet';
import type { BaseChain, Effect, FilterRule, Hook, PacketFilter, RuleReference } from './packet-filter';

/** The end of a packet's way. */
export type Verdict =
  | 'delivered'
  /** The packet was translated to the address of another host. */
  | 'forwarded'
  | 'dropped'
  | 'rejected'
  | 'unknown';

/** A decision of a rule, or of the policy of the chain that the reference names. */
export interface Decision {
  readonly reference: RuleReference;
  /** The rule that decided. Absent if it was the policy. */
  readonly rule?: FilterRule;
  /** The base chain in which it was decided. */
  readonly base: BaseChain;
  readonly action: string;
  /** The parts of the rule that could not be evaluated. */
  readonly undecoded: readonly string[];
}

export interface Ending {
  readonly verdict: Verdict;
  /** The packet as it is at the end. */
  readonly packet: Packet;
  /** The decision in each base chain on the way, in order. */
  readonly stations: readonly Decision[];
  /** The rules that must match for this ending, although it is unknown whether they do. */
  readonly doubtful: readonly Decision[];
}

export interface Walk {
  /** The ending if no doubtful rule diverts the packet. */
  readonly usual: Ending;
  /** The endings if a doubtful rule matches. */
  readonly others: readonly Ending[];
}

export interface WalkOptions {
  /** True if the legacy tables come first among chains of equal priority in different backends. Default: true. */
  readonly legacyFirst?: boolean;
  /**
   * Returns true if an address, in hexadecimal digits, is one of this host. Default: true for loopback addresses only.
   */
  readonly isLocal?: (address: string) => boolean;
  /** The hooks that the packet passes. Default: those of a packet to this host. */
  readonly hooks?: readonly Hook[];
}

/** The hooks of a packet that comes from outside to this host. */
const FROM_OUTSIDE: readonly Hook[] = ['prerouting', 'input'];
/** The hooks of a packet that the host sends to itself. */
const FROM_HOST: readonly Hook[] = ['output', 'postrouting', 'prerouting', 'input'];

/** The maximum number of ways that are followed for one packet. */
const MOST_WAYS = 16;

/** A way that a packet may have taken so far. */
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

/**
 * Returns the base chains of a hook in the order in which packets pass them. Of chains with equal priority in one
 * backend, the latest comes first.
 */
function basesAt({ bases }: PacketFilter, hook: Hook, family: Family, legacyFirst: boolean): BaseChain[] {
  return bases
    .filter((base) => base.hook === hook && base.families.includes(family))
    .sort((a, b) => {
      if (a.priority !== b.priority) return a.priority - b.priority;
      if (a.backend !== b.backend) return (a.backend === 'iptc') === legacyFirst ? -1 : 1;
      return b.age - a.age;
    });
}

/** Lets all ways pass a base chain, and returns those that continue. */
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
    // A packet that the program accepts continues behind this chain, and so does one without a listener
    // (--queue-bypass).
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
      // A packet that may be untracked may remain untranslated.
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
  // A translation to the present destination does not count as a translation in any test.
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

/** Returns true for addresses in 127.0.0.0/8 and for ::1. */
function isLoopback(address: string): boolean {
  return (address.length === 8 && address.startsWith('7f')) || /^0{31}1$/.test(address);
}

/** Keeps, of the ways that have come to the same packet, the one with the least doubt, and at most MOST_WAYS in all. */
function pruned(ways: readonly Way[]): readonly Way[] {
  const kept = new Map<Packet, Way>();
  for (const way of ways) {
    const known = kept.get(way.packet);
    if (known === undefined || way.doubtful.length < known.doubtful.length) kept.set(way.packet, way);
  }
  return [...kept.values()].sort((a, b) => a.doubtful.length - b.doubtful.length).slice(0, MOST_WAYS);
}
