import { type NamedRule, namedRule } from '../receipt';
import { type Entry, entryKey, parseEntry } from '../rules/entry';
import { type Port, spanOf } from '../rules/port';
import type { Family, Protocol } from '../tables/table-rule';

/** Rules of a firewall's owner in another place than the firewall has them. The kernel obeys both. */
export interface Copy {
  /**
   * `iptc` and `nft`: where this backend has an owner's rules, while the firewall uses the other one; with `nft` also a
   * table of another name. `iptables-nft`: tables of nf_tables with iptables' chains, as a migration leaves them.
   */
  readonly backend: 'iptc' | 'iptables-nft' | 'nft';
  readonly families: readonly Family[];
  /** `ip nat`, `ip6 mangle`, `inet backup`. */
  readonly tables: readonly string[];
  /** The chains that hold them. */
  readonly chains: readonly string[];
  /** What they redirect and close. Empty where their comments are lost. */
  readonly rules: readonly NamedRule[];
  /**
   * What `clearCopies()` leaves in place, and why, in words: rules of others in these chains, and chains whose rules carry no
   * comment.
   */
  readonly stays: readonly string[];
}

/** Answers what keys or older texts say; a text that this version does not read is left out. */
export function rulesOfTexts(texts: Iterable<string>): NamedRule[] {
  return rulesOfEntries([...new Set(texts)].flatMap((text) => parseEntry(text) ?? []));
}

export function rulesOfEntries(entries: readonly Entry[]): NamedRule[] {
  const byKey = new Map(entries.map((entry) => [entryKey(entry), entry]));
  return [...byKey.values()].map(namedRule);
}

/** What a copy does to ports that a published port has, or had. */
export interface StillServed {
  readonly copy: Copy;
  readonly rule: NamedRule;
}

/** The ports that are asked for. */
export interface PortsOfPublished {
  readonly protocol: Protocol;
  readonly port: Port;
  /** Absent: of no interest. */
  readonly targetPort?: number;
}

/** The rules of copies that redirect one of these ports, or close the target port. */
export function copiesOf(copies: readonly Copy[], { protocol, port, targetPort }: PortsOfPublished): StillServed[] {
  return copies.flatMap((copy) =>
    copy.rules
      .filter(({ rule }) => {
        if (rule.protocol !== protocol) return false;
        if (rule.kind !== 'markDrop') return meet(rule.port, port);
        return targetPort !== undefined && meet(rule.port, targetPort);
      })
      .map((rule) => ({ copy, rule })),
  );
}

function meet(one: Port, other: Port): boolean {
  const [a, b] = [spanOf(one), spanOf(other)];
  return a[0] <= b[1] && b[0] <= a[1];
}

/** `the legacy tables (ip and ip6: mangle, nat)`. */
export function placeOf({ backend, tables }: Pick<Copy, 'backend' | 'tables'>): string {
  if (backend === 'nft') return `the table ${tables.join(', ')}`;
  const place = backend === 'iptc' ? 'the legacy tables' : 'the tables of iptables-nft';
  return `${place} (${namesOf(tables)})`;
}

/** `ip and ip6: mangle, nat`: families that have the same tables are told together. */
function namesOf(tables: readonly string[]): string {
  const byFamily = new Map<string, string[]>();
  for (const one of tables) {
    const [family = '', table = ''] = one.split(' ');
    byFamily.set(family, [...(byFamily.get(family) ?? []), table]);
  }
  const byNames = new Map<string, string[]>();
  for (const [family, names] of byFamily) {
    const key = names.toSorted().join(', ');
    byNames.set(key, [...(byNames.get(key) ?? []), family]);
  }
  return [...byNames].map(([names, families]) => `${families.join(' and ')}: ${names}`).join('; ');
}

/** So many rules are named in one sentence. */
const MOST = 5;

/** `tcp 8445 -> 8443 (web)`; what closes a port only where nothing redirects. */
export function describeRules(rules: readonly NamedRule[]): string {
  const redirects = rules.filter(({ rule }) => rule.kind === 'redirect');
  const loopbacks = rules.filter(({ rule }) => rule.kind === 'loopback');
  const shown = redirects.length > 0 ? redirects : loopbacks.length > 0 ? loopbacks : rules;
  const texts = shown.slice(0, MOST).map(describeRule);
  if (shown.length > MOST) texts.push(`and ${shown.length - MOST} more`);
  return texts.join(', ');
}

/** `tcp 8445 (web) is still redirected to 8443 by the legacy tables (ip: nat)`. */
export function describeStill(served: StillServed): string {
  return describe(served, 'is still');
}

/** `tcp 8445 (web) is redirected to 8443 by the legacy tables (ip: nat)`. */
export function describeServed(served: StillServed): string {
  return describe(served, 'is');
}

function describe({ copy, rule: { rule, name } }: StillServed, verb: string): string {
  const of = name === undefined ? '' : ` (${name})`;
  const what = rule.kind === 'markDrop' ? 'closed' : `redirected to ${rule.targetPort}`;
  return `${rule.protocol} ${rule.port}${of} ${verb} ${what} by ${placeOf(copy)}`;
}

function describeRule({ rule, name }: NamedRule): string {
  const of = name === undefined ? '' : ` (${name})`;
  if (rule.kind === 'markDrop') return `${rule.protocol} ${rule.port} is closed${of}`;
  return `${rule.protocol} ${rule.port} -> ${rule.targetPort}${of}`;
}

/** What there is, in one sentence. */
export function describeCopy(copy: Copy, owner: string, backend: string): string {
  const { rules, stays } = copy;
  const what =
    rules.length > 0
      ? `${describeRules(rules)}, which the kernel obeys beside those in ${backend}`
      : stays.length > 0
        ? 'their comments are lost, so that they cannot be told from rules of others'
        : 'another version wrote them';
  return `${placeOf(copy)} ${copy.backend === 'nft' ? 'holds' : 'hold'} rules of owner ${owner}: ${what}`;
}

/**
 * The command that removes them, and nothing else. It names the backend of the firewall, where `auto` could choose the one
 * that the copies are in once the firewall's own rules are gone.
 */
export function remedyOf(copy: Copy, owner: string, backend: string): string {
  const words = ['portshift clear --copies'];
  if (owner !== 'portshift') words.push(`--owner ${owner}`);
  if (copy.backend !== 'iptables-nft') words.push(`--backend ${backend}`);
  return words.join(' ');
}
