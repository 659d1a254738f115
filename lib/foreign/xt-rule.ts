import { addressBytes } from '../backends/nft';
import type { AddressSpec, InterfaceSpec, TableMatch, TableRule, TableTarget, TcpFlags } from '../model/table-rule';
import { changedBits, eitherPacket, type Packet, type Passage } from './packet';
import type { Effect, FilterRule, Judgement, RuleReference } from './packet-filter';
import { all, both, forEach, inverted, type MatchTruth, type Truth, truthOf } from './truth';
import { addressHolds, bitsHold, destinationTypeHolds, extensionHolds, flagsHold } from './xt-matches';
import { extensionOutcome, type TargetOutcome } from './xt-targets';

const NOTHING: readonly never[] = [];
const NO_FLAGS: TcpFlags = [0, 0];

/** A rule of the legacy tables, which is read when it is first judged. */
export class LegacyRule implements FilterRule {
  #rule: TableRule | undefined;

  constructor(
    readonly reference: RuleReference,
    readonly read: () => TableRule,
  ) {}

  get rule(): TableRule {
    this.#rule ??= this.read();
    return this.#rule;
  }

  judge(packet: Packet): Judgement {
    // No client sends from the port that a server listens on.
    if (this.reference.owner !== undefined && isAboutAnswers(this.rule)) return noMatch(packet);
    return judged(this.rule, packet, this.reference);
  }
}

function noMatch(packet: Packet): Judgement {
  return { matches: 'no', effects: NOTHING, packet, undecoded: NOTHING };
}

function isAboutAnswers({ matches }: TableRule): boolean {
  return matches.some((match) => 'sourcePorts' in match && match.sourcePorts !== undefined);
}

function judged(rule: TableRule, packet: Packet, reference: RuleReference): Judgement {
  const undecoded: string[] = [];
  let matches = entryHolds(rule, packet);
  if (rule.otherFlags === true) undecoded.push('what it says beside its matches');
  for (const match of rule.matches) {
    if (matches === 'no') break;
    const truth = matchHolds(match, packet);
    if (truth === 'undecoded') undecoded.push(`the match ${match.match === 'unknown' ? match.name : match.match}`);
    matches = both(matches, truth === 'undecoded' ? 'unknown' : truth);
  }
  if (matches === 'no') return noMatch(packet);
  return outcomeOf(targetOutcome(rule.target, packet), matches, packet, reference, undecoded);
}

/** Returns the judgement of a rule that matches, or may match, with this outcome. */
export function outcomeOf(
  { effect, packet: changed, untracks, zones }: TargetOutcome,
  matches: Truth,
  packet: Packet,
  reference: RuleReference,
  undecoded: readonly string[],
): Judgement {
  const zoned = zones === true ? { ...changed, zonedBy: reference } : changed;
  const next = untracks === true ? untracked(zoned, reference) : zoned;
  return {
    matches,
    effects: effect === undefined ? NOTHING : [effect],
    packet: matches === 'yes' ? next : eitherPacket(next, packet),
    undecoded,
  };
}

function untracked(packet: Packet, reference: RuleReference): Packet {
  return { ...packet, states: ['untracked'], untrackedBy: reference };
}

/** Evaluates `-p`, `-s`, `-d`, `-i` and `-o`. */
function entryHolds(rule: TableRule, packet: Packet): Truth {
  const { protocol, source, destination, inInterface, outInterface } = rule;
  const number = packet.protocol === 'tcp' ? 6 : 17;
  if (protocol !== undefined && protocol !== packet.protocol && protocol !== number) return 'no';
  return all([
    networkHolds(source, packet.source),
    networkHolds(destination, packet.destination),
    passageHolds(inInterface, packet.in),
    passageHolds(outInterface, packet.out),
    rule.otherFlags === true ? 'unknown' : 'yes',
  ]);
}

function networkHolds(spec: AddressSpec | undefined, candidates: readonly string[] | undefined): Truth {
  if (spec === undefined) return 'yes';
  return inverted(addressHolds(candidates, spec.address, spec.mask), spec.invert);
}

function passageHolds(spec: InterfaceSpec | undefined, candidates: readonly Passage[] | undefined): Truth {
  if (spec === undefined) return 'yes';
  const { name } = spec;
  const isPrefix = name.endsWith('+');
  const prefix = isPrefix ? name.slice(0, -1) : name;
  const holds = (one: string): Truth => truthOf(isPrefix ? one.startsWith(prefix) : one === name);
  if (candidates === undefined) {
    if (prefix === '') return inverted('yes', spec.invert);
    return inverted(name === 'lo' ? 'no' : 'unknown', spec.invert);
  }
  if (candidates.length === 0) return inverted(holds(''), spec.invert);
  return inverted(
    forEach(candidates, (one) => holds(one.name)),
    spec.invert,
  );
}

function matchHolds(match: TableMatch, packet: Packet): MatchTruth {
  switch (match.match) {
    case 'tcp':
    case 'udp': {
      if (match.match !== packet.protocol) return 'no';
      if (match.match === 'tcp' && match.notSyn === true) return 'no';
      const flags = match.match === 'tcp' ? (match.flags ?? NO_FLAGS) : NO_FLAGS;
      const [first, last] = match.destinationPorts ?? [0, 0xffff];
      return all([
        truthOf(first <= packet.destinationPort && packet.destinationPort <= last),
        match.sourcePorts === undefined ? 'yes' : 'unknown',
        flagsHold(...flags),
      ]);
    }
    case 'mark':
      return bitsHold(packet.mark, match.value, match.mask);
    case 'conntrack':
      // Only openings of connections are judged.
      if (match.directionReply === true) return 'no';
      return forEach(packet.states, (state) => {
        const testsState = match.notEstablished === true || match.notTranslated === true;
        if (state === 'untracked') return truthOf(testsState);
        return truthOf(!(match.notTranslated === true && packet.isTranslated));
      });
    case 'addrtype':
      return inverted(destinationTypeHolds(match.destinationTypes, packet, match.limitInterface), match.invert);
    case 'socket':
      return 'unknown';
    case 'comment':
      return 'yes';
    case 'unknown':
      return extensionHolds(match, packet);
  }
}

function targetOutcome(target: TableTarget, packet: Packet): TargetOutcome {
  const ending = (effect: Effect): TargetOutcome => ({ effect, packet });
  switch (target.target) {
    case 'ACCEPT':
      return ending({ effect: 'accept' });
    case 'DROP':
      return ending({ effect: 'drop' });
    case 'RETURN':
      return ending({ effect: 'return' });
    case 'QUEUE':
      return ending({ effect: 'queue' });
    case 'REJECT':
      return ending({ effect: 'reject' });
    case 'jump':
    case 'goto':
      return ending({ effect: target.target, chain: target.chain });
    case 'REDIRECT':
      return ending({ effect: 'translate', port: target.port });
    case 'DNAT': {
      const { address, port } = target;
      return ending({ effect: 'translate', ...(address !== undefined && { address: addressBytes(address) }), port });
    }
    case 'MARK':
      return { packet: { ...packet, mark: changedBits(packet.mark, target.value, target.mask) } };
    case 'none':
      return { packet };
    case 'unknown':
      return extensionOutcome(target, packet);
  }
}
