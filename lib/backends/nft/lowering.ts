import { familyOf, isLoopbackAddress } from '../../model/address';
import { type Entry, optionText, type Publication } from '../../model/entry';
import type { LoopbackRule } from '../../model/loopback';
import type { MarkDropRule } from '../../model/mark-drop';
import { type Port, spanOf } from '../../model/port';
import { loopbackOf } from '../../model/publication';
import type { RedirectRule } from '../../model/redirect';
import type { Family, Protocol } from '../../model/table-rule';
import { addressBytes, INTERFACE_BYTES, numberBytes, textBytes } from './bytes';
import type { PortElement } from './decoding';
import type { Hex } from './expression';
import { closedSpecOf, mapSpecOf } from './known-specs';
import type { MapScope, NftSpec } from './spec';

/** An element that an entry needs in a map or set. */
export interface NftNeed extends PortElement {
  /** The spec in its first layer. In which layer the element ends up depends on the elements that are already there. */
  readonly spec: NftSpec;
  /** True if the entry is identified by this element. Otherwise other entries may share it. */
  readonly home: boolean;
}

/**
 * Returns the elements of an entry, with its primary element first. The elements of a published port all belong to its
 * redirect, from which its other rules are derived. The result for such another rule is undefined.
 */
export function lower(entry: Entry): readonly NftNeed[] | undefined {
  const { rule, name } = entry;
  if (name !== undefined) return lowerPublished(entry);
  switch (rule.kind) {
    case 'redirect':
      return [redirectNeed(rule, 'outside', '')];
    case 'loopback':
      return loopbackNeeds(rule, true);
    case 'markDrop':
      return closingNeeds(rule.protocol, rule.port, rule.direct, rule, true);
  }
}

function lowerPublished(entry: Entry): readonly NftNeed[] | undefined {
  const { rule, publication } = entry;
  if (rule.kind !== 'redirect' || publication === undefined) return undefined;
  // The interface restricts outside traffic only, so the two kinds of clients need different elements.
  const { direct, loopback } = publication;
  const together = loopback && rule.interface === undefined;
  const home = redirectNeed(rule, together ? 'both' : 'outside', publishedComment(entry));
  const closing = direct === 'open' ? [] : closingNeeds(rule.protocol, rule.targetPort, direct, publication, false);
  const needs = [home, ...closing];
  // If the element is for both kinds of clients, only the addresses that the redirect does not cover are left.
  if (loopback && !(together && rule.destination === undefined)) needs.push(...restOfLoopback(publication, together));
  return needs;
}

function restOfLoopback(publication: Publication, together: boolean): readonly NftNeed[] {
  const needs = loopbackNeeds(loopbackOf(publication), false);
  return together ? needs.filter(({ spec }) => isLoopbackScope(spec)) : needs;
}

function isLoopbackScope(spec: NftSpec): boolean {
  return spec.kind === 'map' && spec.scope === 'loopback';
}

/** Returns what the element itself does not express, as the end of the entry's text: `name=web opt=local,reject`. */
function publishedComment(entry: Entry): string {
  return `name=${entry.name}${optionText(entry)}`;
}

function rangeOf(port: Port): Pick<NftNeed, 'first' | 'last'> {
  const [first, last] = spanOf(port);
  return { first, last };
}

function translationData({ targetAddress, targetPort }: RedirectRule | LoopbackRule): Hex {
  const port = numberBytes(targetPort, 2);
  return targetAddress === undefined ? port : `${addressBytes(targetAddress)}${port}0000`;
}

function mapSpec(
  rule: RedirectRule | LoopbackRule,
  scope: MapScope,
  family: Family | undefined,
  { own = false, from = false, address = false } = {},
): NftSpec {
  return mapSpecOf({
    protocol: rule.protocol,
    scope,
    own,
    interface: from,
    address,
    via: rule.targetAddress !== undefined,
    family,
    ranges: typeof rule.port === 'string',
  });
}

function redirectNeed(rule: RedirectRule, scope: MapScope, comment: string): NftNeed {
  const { destination, interface: from } = rule;
  return {
    spec: mapSpec(rule, scope, rule.family, { from: from !== undefined, address: destination !== undefined }),
    prefix:
      (from === undefined ? '' : textBytes(from, INTERFACE_BYTES)) +
      (destination === undefined ? '' : addressBytes(destination)),
    ...rangeOf(rule.port),
    data: translationData(rule),
    comment,
    home: true,
  };
}

/**
 * Returns the elements of a loopback rule. With a destination, they are for that address, and for 127.0.0.0/8 and ::1.
 */
function loopbackNeeds(rule: LoopbackRule, own: boolean): NftNeed[] {
  const { destination, family } = rule;
  const part = {
    ...rangeOf(rule.port),
    data: translationData(rule),
  } as const;
  const main = { ...part, comment: '', home: own };
  if (destination === undefined) return [{ ...main, prefix: '', spec: mapSpec(rule, 'inside', family, { own }) }];
  const isCovered = isLoopbackAddress(destination) || (family !== undefined && familyOf(destination) !== family);
  if (isCovered) {
    const spec = mapSpec(rule, 'loopback', family, { own });
    return [{ ...main, prefix: '', spec, comment: own ? `at=${destination}` : '' }];
  }
  const spec = mapSpec(rule, 'inside', familyOf(destination), { own, address: true });
  const nets = mapSpec(rule, 'loopback', family);
  // A target address implies the family.
  const comment =
    own && rule.targetAddress === undefined && family !== undefined ? `opt=${family === 'ipv4' ? 'v4' : 'v6'}` : '';
  return [
    { ...main, prefix: addressBytes(destination), spec, comment },
    { ...part, prefix: '', spec: nets, comment: '', home: false },
  ];
}

type Closing = Pick<MarkDropRule, 'deny' | 'established' | 'family'>;

/** Returns the elements of a port that is closed by a rule of its own, or as the target of a published port. */
function closingNeeds(
  protocol: Protocol,
  port: Port,
  direct: MarkDropRule['direct'],
  { deny, established, family }: Closing,
  own: boolean,
): NftNeed[] {
  const ranges = typeof port === 'string';
  const range = rangeOf(port);
  const spec = closedSpecOf({ protocol, family, ranges, own, direct, deny, established });
  return [{ spec, prefix: '', ...range, data: '', comment: '', home: own }];
}
