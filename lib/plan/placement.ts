import { familyOf } from '../rules/address';
import { type Entry, entryKey } from '../rules/entry';
import type { LoopbackRule } from '../rules/loopback';
import type { Mark } from '../rules/mark';
import type { MarkDropRule } from '../rules/mark-drop';
import { spanOf } from '../rules/port';
import type { RedirectRule } from '../rules/redirect';
import type { Rule } from '../rules/rule';
import type {
  AddressSpec,
  Family,
  InterfaceSpec,
  Protocol,
  TableMatch,
  TableRule,
  TableTarget,
} from '../tables/table-rule';
import { type ChainId, COMMENT_PREFIX, SYN } from './chains';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** One rule of the legacy tables that entries consist of, and where it goes. */
export interface Placement {
  readonly family: Family;
  readonly chain: ChainId;
  /** `first`: it must come before the rules that are `last`. */
  readonly position: 'first' | 'last';
  /** As it is for all entries that differ in ports and names alone, which it says nothing of: ruleOf() fills them in. */
  readonly rule: TableRule;
}

/** The chain of the closing rules that see what opens a connection only. */
const OPENING_CHAIN: Readonly<Record<Protocol, ChainId>> = { tcp: 'syn', udp: 'new' };

const LOCAL: TableMatch = { match: 'addrtype', destinationTypes: ['local'] };
const NOT_UNICAST: TableMatch = { match: 'addrtype', destinationTypes: ['unicast'], invert: true };
const MULTICAST: AddressSpec = { address: 'ff00::', mask: 'ff00::' };
const LOOPBACK_INTERFACE: InterfaceSpec = { name: 'lo' };
const LOOPBACK_NETS: Record<Family, AddressSpec> = {
  ipv4: { address: '127.0.0.0', mask: '255.0.0.0' },
  ipv6: { address: '::1', mask: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' },
};

/** To be filled in. */
const COMMENT: TableMatch = { match: 'comment', comment: '' };
const NO_PORT = 0;

/** Every rule of the legacy tables that an entry with this rule consists of, the deciding ones first, in a fixed order. */
export function placementsOf(rule: Rule, mark: Mark): Placement[] {
  const { family } = rule;
  if (family !== undefined) return placementsIn(family, rule, mark);
  return [...placementsIn('ipv4', rule, mark), ...placementsIn('ipv6', rule, mark)];
}

function placementsIn(family: Family, rule: Rule, mark: Mark): Placement[] {
  switch (rule.kind) {
    case 'redirect':
      return [redirectPlacement(rule, family)];
    case 'loopback':
      return loopbackPlacements(rule, family);
    case 'markDrop':
      return markDropPlacements(rule, family, mark);
  }
}

/** A placement's rule as it is for this entry. */
export function ruleOf(like: TableRule, entry: Entry): TableRule {
  const { rule } = entry;
  const matches = like.matches.map((match): TableMatch => {
    if (match.match === 'comment') return { match: 'comment', comment: `${COMMENT_PREFIX} ${entryKey(entry)}` };
    return match.match === rule.protocol ? { ...match, destinationPorts: spanOf(rule.port) } : match;
  });
  const { target } = like;
  if (target.target !== 'DNAT' || rule.kind === 'markDrop') return { ...like, matches };
  return { ...like, matches, target: { ...target, port: rule.targetPort } };
}

/** The one rule that drops what is marked, shared by all closed ports of the owner that deny by dropping. */
export function dropPlacement(family: Family, mark: Mark): Placement {
  return {
    family,
    chain: 'in',
    position: 'last',
    rule: {
      matches: [
        { match: 'mark', ...mark },
        { match: 'comment', comment: `${COMMENT_PREFIX} drop` },
      ],
      target: { target: 'DROP' },
    },
  };
}

/** Whether the entry needs the shared drop rule in this family. */
export function needsDrop({ rule }: Entry, family: Family): boolean {
  return rule.kind === 'markDrop' && rule.deny === 'drop' && (rule.family === undefined || rule.family === family);
}

function host(address: string): AddressSpec {
  return { address, mask: familyOf(address) === 'ipv4' ? '255.255.255.255' : LOOPBACK_NETS.ipv6.mask };
}

/** TCP's opening packets; for UDP, every packet. */
function opening(protocol: Protocol): TableMatch {
  return protocol === 'tcp' ? SYN : { match: protocol };
}

function redirectPlacement(rule: RedirectRule, family: Family): Placement {
  const { protocol, destination, interface: from } = rule;
  const first = opening(protocol);
  const placed: Writable<TableRule> = {
    protocol,
    matches: destination === undefined ? [first, LOCAL, COMMENT] : [first, COMMENT],
    target: translation(rule),
  };
  if (destination !== undefined) placed.destination = host(destination);
  if (from !== undefined) placed.inInterface = { name: from };
  return { family, chain: 'pre', position: 'last', rule: placed };
}

/**
 * DNAT to a bare port, which keeps the address the client used. REDIRECT would rewrite it to the primary address of the
 * interface: a UDP server on a wildcard address then answers from another address than the client expects, and a server
 * per address gets the others' clients.
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
    return { family, chain: 'out', position: 'last', rule: placed };
  });
}

/** The addresses on lo that a loopback rule takes; `undefined` for all of them. */
function loopbackDestinations(destination: string | undefined, family: Family): (AddressSpec | undefined)[] {
  if (destination === undefined) return [undefined];
  const net = LOOPBACK_NETS[family];
  const covered = destination === '::1' || destination.startsWith('127.') || familyOf(destination) !== family;
  return covered ? [net] : [host(destination), net];
}

/** To what this host takes as its own: a server with a wildcard address gets broadcast and multicast datagrams as well. */
function toThisHost(protocol: Protocol, family: Family): Pick<TableRule, 'destination' | 'matches'>[] {
  if (protocol === 'tcp') return [{ matches: [LOCAL] }];
  return family === 'ipv4'
    ? [{ matches: [NOT_UNICAST] }]
    : [{ matches: [LOCAL] }, { destination: MULTICAST, matches: [] }];
}

/**
 * What goes to the port as it is, and not because a redirect brought it there: on lo that has happened by now. A packet that
 * connection tracking makes nothing of, invalid or untracked, is no less denied.
 */
function markDropPlacements(rule: MarkDropRule, family: Family, mark: Mark): Placement[] {
  const { protocol, direct, deny } = rule;
  const keep = rule.established === 'keep';
  const marking = toThisHost(protocol, family).map(
    ({ destination, matches }): Placement => ({
      family,
      chain: keep ? OPENING_CHAIN[protocol] : protocol,
      position: 'last',
      rule: {
        protocol,
        ...(destination !== undefined && { destination }),
        ...(direct === 'local' && { inInterface: { name: 'lo', invert: true } }),
        matches: [
          keep ? opening(protocol) : { match: protocol },
          ...matches,
          {
            match: 'conntrack',
            ...(keep && protocol === 'udp' && { notEstablished: true }),
            notTranslated: true,
            directionOriginal: true,
          },
          COMMENT,
        ],
        target: { target: 'MARK', ...mark },
      },
    }),
  );
  if (deny === 'drop') return marking;
  const rejecting: Placement = {
    family,
    chain: 'in',
    position: 'first',
    rule: {
      protocol,
      matches: [{ match: protocol }, { match: 'mark', ...mark }, COMMENT],
      target: { target: 'REJECT', with: protocol === 'tcp' ? 'tcp-reset' : 'port-unreachable' },
    },
  };
  return [...marking, rejecting];
}
