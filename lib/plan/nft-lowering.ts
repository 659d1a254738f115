import { familyOf, isLoopbackAddress } from '../rules/address';
import { type Entry, entryKey } from '../rules/entry';
import type { LoopbackRule } from '../rules/loopback';
import type { MarkDropRule } from '../rules/mark-drop';
import { spanOf } from '../rules/port';
import { entriesOf, publicationOf } from '../rules/publication';
import type { RedirectRule } from '../rules/redirect';
import type { Rule } from '../rules/rule';
import type { Family } from '../tables/table-rule';
import { addressBytes, INTERFACE_BYTES, numberBytes, textBytes } from './nft-bytes';
import type { PortElement } from './nft-decoding';
import type { Hex } from './nft-expression';
import type { ClosedSpec, MapScope, MapSpec, NftSpec } from './nft-spec';

/** One element that an entry needs in a map or set. */
export interface NftNeed extends PortElement {
  /** In its first layer; where it ends up depends on what is there already. */
  readonly spec: NftSpec;
  /** Whether the entry is recognized by it; else it may be shared with other entries. */
  readonly home: boolean;
  /** Which kind of rule it counts for, if it counts. */
  readonly counts: Rule['kind'] | undefined;
}

/** An entry as elements. */
export interface Lowered {
  /** The entry, or with a published port all that it is made of. */
  readonly entries: readonly Entry[];
  /** The home first. */
  readonly needs: readonly NftNeed[];
}

/**
 * A published port is all in its redirect, which says what its other rules are: by themselves these are nothing, and
 * undefined here.
 */
export function lower(entry: Entry): Lowered | undefined {
  const { rule, name } = entry;
  if (name !== undefined) return lowerPublished(entry);
  const entries = [entry];
  switch (rule.kind) {
    case 'redirect':
      return { entries, needs: [redirectNeed(rule, 'outside', '')] };
    case 'loopback':
      return { entries, needs: loopbackNeeds(rule, true) };
    case 'markDrop':
      return { entries, needs: markDropNeeds(rule, true) };
  }
}

function lowerPublished(entry: Entry): Lowered | undefined {
  const publication = publicationOf(entry);
  const { rule } = entry;
  if (publication === undefined || rule.kind !== 'redirect') return undefined;
  // On an interface, its clients from outside are not those that its local clients are.
  const together = publication.loopback && publication.interface === undefined;
  const entries = entriesOf(publication);
  const needs = [redirectNeed(rule, together ? 'both' : 'outside', publishedComment(entry))];
  for (const { rule: part } of entries) {
    if (part.kind === 'markDrop') needs.push(...markDropNeeds(part, false));
    // Together, only the addresses that the redirect does not cover are left.
    if (part.kind !== 'loopback' || (together && part.destination === undefined)) continue;
    needs.push(...loopbackNeeds(part, false).filter(({ spec }) => !together || isLoopbackScope(spec)));
  }
  return { entries, needs };
}

function isLoopbackScope(spec: NftSpec): boolean {
  return spec.kind === 'map' && spec.scope === 'loopback';
}

/** `name=web opt=local,reject`: what the element itself does not say. */
function publishedComment(entry: Entry): string {
  const key = entryKey(entry);
  return key.slice(key.indexOf(' name=') + 1);
}

function translationData({ targetAddress, targetPort }: RedirectRule | LoopbackRule): Hex {
  const port = numberBytes(targetPort, 2);
  return targetAddress === undefined ? port : `${addressBytes(targetAddress)}${port}0000`;
}

function mapSpec(rule: RedirectRule | LoopbackRule, scope: MapScope, family: Family | undefined): MapSpec {
  return {
    kind: 'map',
    protocol: rule.protocol,
    scope,
    own: false,
    interface: false,
    address: false,
    via: rule.targetAddress !== undefined,
    ...(family !== undefined && { family }),
    ranges: typeof rule.port === 'string',
    layer: 1,
  };
}

function redirectNeed(rule: RedirectRule, scope: MapScope, comment: string): NftNeed {
  const { destination, interface: from } = rule;
  return {
    spec: {
      ...mapSpec(rule, scope, rule.family),
      interface: from !== undefined,
      address: destination !== undefined,
    },
    prefix:
      (from === undefined ? '' : textBytes(from, INTERFACE_BYTES)) +
      (destination === undefined ? '' : addressBytes(destination)),
    span: spanOf(rule.port),
    data: translationData(rule),
    comment,
    home: true,
    counts: 'redirect',
  };
}

/** With a destination: on that address, and on 127.0.0.0/8 and ::1. */
function loopbackNeeds(rule: LoopbackRule, own: boolean): NftNeed[] {
  const { destination, family } = rule;
  const part = {
    span: spanOf(rule.port),
    data: translationData(rule),
    counts: 'loopback',
  } as const;
  const main = { ...part, comment: '', home: own };
  if (destination === undefined) return [{ ...main, prefix: '', spec: { ...mapSpec(rule, 'inside', family), own } }];
  const nets = mapSpec(rule, 'loopback', family);
  const isCovered = isLoopbackAddress(destination) || (family !== undefined && familyOf(destination) !== family);
  if (isCovered) {
    return [{ ...main, prefix: '', spec: { ...nets, own }, comment: own ? `at=${destination}` : '' }];
  }
  const spec: MapSpec = { ...mapSpec(rule, 'inside', familyOf(destination)), own, address: true };
  // With a target address, that says the family.
  const comment = own && !spec.via && family !== undefined ? `opt=${family === 'ipv4' ? 'v4' : 'v6'}` : '';
  return [
    { ...main, prefix: addressBytes(destination), spec, comment },
    { ...part, prefix: '', spec: nets, comment: '', home: false },
  ];
}

function markDropNeeds(rule: MarkDropRule, own: boolean): NftNeed[] {
  const { protocol, family, direct, deny, established } = rule;
  const common = {
    protocol,
    ranges: typeof rule.port === 'string',
    layer: 1,
    ...(family !== undefined && { family }),
  };
  const part = { prefix: '', span: spanOf(rule.port), data: '', comment: '' };
  const closed: ClosedSpec = { kind: 'closed', ...common, own, direct, deny, established };
  const needs: NftNeed[] = [{ ...part, spec: closed, home: own, counts: 'markDrop' }];
  if (deny === 'reject') {
    needs.push({ ...part, spec: { kind: 'rejected', ...common }, home: false, counts: undefined });
  }
  return needs;
}
