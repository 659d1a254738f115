import { familyOf } from '../../model/address';
import { type Answers, answersOf, isClosedToReplies } from '../../model/answers';
import { type Entry, entryKey } from '../../model/entry';
import type { LoopbackRule } from '../../model/loopback';
import type { Mark } from '../../model/mark';
import type { MarkDropRule } from '../../model/mark-drop';
import { spanOf } from '../../model/port';
import type { RedirectRule } from '../../model/redirect';
import type { Rule } from '../../model/rule';
import {
  type AddressSpec,
  type Family,
  type InterfaceSpec,
  type Protocol,
  type TableMatch,
  type TableRule,
  type TableTarget,
  withPorts,
} from '../../model/table-rule';
import { ANSWERS, type ChainId, COMMENT_PREFIX, SYN } from './chains';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** A rule of the legacy tables that an entry consists of, and the own chain that it goes to. */
export interface Placement {
  readonly family: Family;
  readonly chain: ChainId;
  /**
   * The template of the rule, which is the same for all entries that differ in ports and names alone. ruleOf() fills
   * these in.
   */
  readonly rule: TableRule;
}

/** The chains, by protocol, whose closing rules see only packets that open a connection. */
const OPENING_CHAIN: Readonly<Record<Protocol, ChainId>> = { tcp: 'syn', udp: 'new' };

const NOT_ESTABLISHED: TableMatch = { match: 'conntrack', notEstablished: true };
const LOOPBACK_INTERFACE: InterfaceSpec = { name: 'lo' };
const LOOPBACK_NETS: Record<Family, AddressSpec> = {
  ipv4: { address: '127.0.0.0', mask: '255.0.0.0' },
  ipv6: { address: '::1', mask: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' },
};

/** The template of a comment, with the prefix of the entry's key. ruleOf() fills in the key. */
const COMMENT: TableMatch = { match: 'comment', comment: '' };
const NO_PORT = 0;

/** The prefix of the entry's key in the comment of a rule that only marks. */
export const MARK_PREFIX = 'mark ';
const MARK_COMMENT: TableMatch = { match: 'comment', comment: MARK_PREFIX };

/**
 * The prefix of the entry's key in the comment of a rule for what a closed port sends. The packets that it drops do not
 * count as denied.
 */
export const ANSWER_PREFIX = 'answer ';
const ANSWER_COMMENT: TableMatch = { match: 'comment', comment: ANSWER_PREFIX };

/** Returns the prefix of the entry's key in the comments of a chain's rules. */
export function prefixIn(chain: ChainId): string {
  return chain === 'mark' ? MARK_PREFIX : chain === ANSWERS ? ANSWER_PREFIX : '';
}

/**
 * Returns the placements for every rule of the legacy tables that an entry with this rule consists of, in a fixed
 * order. In each family, the deciding ones come first.
 * @param mark the bits to set on denied packets. Undefined: none
 */
export function placementsOf(rule: Rule, mark: Mark | undefined): Placement[] {
  const { family } = rule;
  if (family !== undefined) return placementsIn(family, rule, mark);
  return [...placementsIn('ipv4', rule, mark), ...placementsIn('ipv6', rule, mark)];
}

function placementsIn(family: Family, rule: Rule, mark: Mark | undefined): Placement[] {
  switch (rule.kind) {
    case 'redirect':
      return [redirectPlacement(rule, family)];
    case 'loopback':
      return loopbackPlacements(rule, family);
    case 'markDrop':
      return [
        ...closingPlacements(rule, family),
        ...answerPlacements(rule, family),
        ...(mark === undefined ? [] : [markPlacement(rule, family, mark)]),
      ];
  }
}

/** Returns the rule of a placement, with the ports and the comment of this entry. */
export function ruleOf(like: TableRule, entry: Entry): TableRule {
  const { rule } = entry;
  const matches = like.matches.map((match): TableMatch => {
    if (match.match === 'comment') return { match: 'comment', comment: commentFor(match.comment, entryKey(entry)) };
    return match.match === 'tcp' || match.match === 'udp' ? withPorts(match, spanOf(rule.port)) : match;
  });
  const { target } = like;
  if (rule.kind === 'markDrop' || (target.target !== 'DNAT' && target.target !== 'REDIRECT'))
    return { ...like, matches };
  return { ...like, matches, target: { ...target, port: rule.targetPort } };
}

function commentFor(prefix: string, key: string): string {
  return `${COMMENT_PREFIX} ${prefix}${key}`;
}

/** Returns the text in front of the entry's key in the comment of a placement. The comment is the last match. */
export function commentPrefixOf({ matches }: TableRule): string {
  const last = matches.at(-1);
  return last?.match === 'comment' ? `${COMMENT_PREFIX} ${last.comment}` : COMMENT_PREFIX;
}

function host(address: string): AddressSpec {
  return { address, mask: familyOf(address) === 'ipv4' ? '255.255.255.255' : LOOPBACK_NETS.ipv6.mask };
}

/** Returns the match for packets that open a TCP connection. For UDP, it matches every packet. */
function opening(protocol: Protocol): TableMatch {
  return protocol === 'tcp' ? SYN : { match: protocol };
}

function redirectPlacement(rule: RedirectRule, family: Family): Placement {
  const { protocol, destination, interface: from, targetAddress } = rule;
  const placed: Writable<TableRule> = {
    protocol,
    matches: [{ match: protocol }, COMMENT],
    target: protocol === 'udp' && targetAddress === undefined ? REDIRECTION : translation(rule),
  };
  if (destination !== undefined) placed.destination = host(destination);
  if (from !== undefined) placed.inInterface = { name: from };
  return { family, chain: 'pre', rule: placed };
}

/**
 * The target of a redirect for UDP. REDIRECT rewrites the address to the first one of the interface that a datagram
 * came in on. A UDP server on a wildcard address answers from that address, so that its answer belongs to the
 * connection, and gets the address that the client used.
 */
const REDIRECTION: TableTarget = { target: 'REDIRECT', port: NO_PORT };

/**
 * Returns the target DNAT. DNAT to a bare port keeps the address that the client used. TCP always answers from it, and
 * if each address has a server of its own, each server gets its own clients. On `lo`, where REDIRECT would rewrite to a
 * loopback address, a UDP server answers from it as well.
 */
function translation({ targetAddress }: RedirectRule | LoopbackRule): TableTarget {
  return targetAddress === undefined
    ? { target: 'DNAT', port: NO_PORT }
    : { target: 'DNAT', address: targetAddress, port: NO_PORT };
}

function loopbackPlacements(rule: LoopbackRule, family: Family): Placement[] {
  const { protocol } = rule;
  const target = translation(rule);
  const matches = [opening(protocol), COMMENT];
  return loopbackDestinations(rule.destination, family).map((destination) => {
    const placed: Writable<TableRule> = { protocol, outInterface: LOOPBACK_INTERFACE, matches, target };
    if (destination !== undefined) placed.destination = destination;
    return { family, chain: 'out', rule: placed };
  });
}

/** Returns the addresses on `lo` that a loopback rule matches, with `undefined` for all of them. */
function loopbackDestinations(destination: string | undefined, family: Family): (AddressSpec | undefined)[] {
  if (destination === undefined) return [undefined];
  const net = LOOPBACK_NETS[family];
  const covered = destination === '::1' || destination.startsWith('127.') || familyOf(destination) !== family;
  return covered ? [net] : [host(destination), net];
}

/**
 * Returns the placements that deny packets to a closed port. The jump to their chain tests that the packet is addressed
 * to the port itself, and was not redirected there.
 */
function closingPlacements(rule: MarkDropRule, family: Family): Placement[] {
  const { protocol, deny } = rule;
  if (deny === 'reject') {
    const matches = openingAlone(rule);
    return [
      { family, chain: 'in', rule: closingRule(rule, [...matches, COMMENT], rejection(protocol)) },
      { family, chain: 'sec', rule: closingRule(rule, [...matches, COMMENT], { target: 'DROP' }) },
    ];
  }
  const keep = rule.established === 'keep';
  const matches = [keep ? opening(protocol) : { match: protocol }, COMMENT];
  return [
    { family, chain: keep ? OPENING_CHAIN[protocol] : protocol, rule: closingRule(rule, matches, { target: 'DROP' }) },
  ];
}

function rejection(protocol: Protocol): TableTarget {
  return { target: 'REJECT', with: protocol === 'tcp' ? 'tcp-reset' : 'port-unreachable' };
}

/** The source ports of a template, in place of which ruleOf() fills in the ports of the entry. */
const FROM_PORT = { sourcePorts: [0, 65535] } as const;

/** The match `--tcp-flags SYN,ACK SYN,ACK`. */
const SYN_ACK: TableMatch = { match: 'tcp', ...FROM_PORT, flags: [0x12, 0x12] };
/** The match `--tcp-flags RST,ACK ACK`, for packets that neither open a connection nor reset one. */
const ACK_ALONE: TableMatch = { match: 'tcp', ...FROM_PORT, flags: [0x14, 0x10] };

const ANSWER_TESTS: Readonly<Record<Answers, TableMatch>> = { 'syn-ack': SYN_ACK, ack: ACK_ALONE };

/**
 * Returns the placements for packets that a closed port must not send, or get back: see `answersOf` and
 * `isClosedToReplies`.
 */
function answerPlacements(rule: MarkDropRule, family: Family): Placement[] {
  const { protocol, direct } = rule;
  const shape = { ...rule, ranges: typeof rule.port === 'string' };
  const target = { target: 'DROP' } as const;
  if (isClosedToReplies(shape))
    return [{ family, chain: 'lo', rule: { protocol, matches: [{ match: protocol }, COMMENT], target } }];
  const answers = answersOf(shape);
  if (answers === undefined) return [];
  const placed: Writable<TableRule> = { protocol, matches: [ANSWER_TESTS[answers], ANSWER_COMMENT], target };
  if (direct === 'local') placed.outInterface = { ...LOOPBACK_INTERFACE, invert: true };
  return [{ family, chain: ANSWERS, rule: placed }];
}

function markPlacement(rule: MarkDropRule, family: Family, mark: Mark): Placement {
  const matches = [...openingAlone(rule), MARK_COMMENT];
  return { family, chain: 'mark', rule: closingRule(rule, matches, { target: 'MARK', ...mark }) };
}

/** Returns the matches of a closing rule in a chain that sees packets of all kinds. */
function openingAlone({ protocol, established }: MarkDropRule): TableMatch[] {
  if (established === 'drop') return [{ match: protocol }];
  return protocol === 'tcp' ? [SYN] : [{ match: protocol }, NOT_ESTABLISHED];
}

function closingRule(
  { protocol, direct }: MarkDropRule,
  matches: readonly TableMatch[],
  target: TableTarget,
): TableRule {
  if (direct === 'closed') return { protocol, matches, target };
  return { protocol, inInterface: { name: 'lo', invert: true }, matches, target };
}
