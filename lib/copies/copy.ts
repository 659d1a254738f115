import { type NamedRule, namedRule } from '../engine/applied';
import { type Entry, entryKey, parseEntry } from '../model/entry';
import { type Port, spanOf } from '../model/port';
import type { Family, Protocol } from '../model/table-rule';

/** Rules of a firewall's owner outside the tables that the firewall uses. The kernel applies both. */
export interface Copy {
  /**
   * `iptc` and `nft`: the tables in which this backend holds an owner's rules, while the firewall uses the other
   * backend; with `nft` also a table of another name. `iptables-nft`: tables of nf_tables with iptables' chains, such
   * as a migration leaves.
   */
  readonly backend: 'iptc' | 'iptables-nft' | 'nft';
  readonly families: readonly Family[];
  /** The names of the tables, such as `ip nat`, `ip6 mangle` or `inet backup`. */
  readonly tables: readonly string[];
  /** The names of the chains that hold the rules. */
  readonly chains: readonly string[];
  /** The redirects and closed ports of the copy. Empty if the comments of its rules are lost. */
  readonly rules: readonly NamedRule[];
  /**
   * Messages about what `clearCopies()` leaves in place, with the reasons: rules of others in these chains, and chains
   * whose rules have no comments.
   */
  readonly stays: readonly string[];
}

/** Parses keys, or texts of older versions, into rules. A text that this version cannot parse is left out. */
export function rulesOfTexts(texts: Iterable<string>): NamedRule[] {
  return rulesOfEntries([...new Set(texts)].flatMap((text) => parseEntry(text) ?? []));
}

export function rulesOfEntries(entries: readonly Entry[]): NamedRule[] {
  const byKey = new Map(entries.map((entry) => [entryKey(entry), entry]));
  return [...byKey.values()].map(namedRule);
}

/** A rule of a copy that concerns a port that a published port has, or had. */
export interface StillServed {
  readonly copy: Copy;
  readonly rule: NamedRule;
}

/** The ports to search the copies for. */
export interface PortsOfPublished {
  readonly protocol: Protocol;
  readonly port: Port;
  /** Absent: the target port is not searched for. */
  readonly targetPort?: number;
}

/** Returns the rules of copies that redirect one of these ports, or close the target port. */
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

/** Returns a text such as `the legacy tables (ip and ip6: mangle, nat)`. */
export function placeOf({ backend, tables }: Pick<Copy, 'backend' | 'tables'>): string {
  if (backend === 'nft') return `the table ${tables.join(', ')}`;
  const place = backend === 'iptc' ? 'the legacy tables' : 'the tables of iptables-nft';
  return `${place} (${namesOf(tables)})`;
}

/** Returns a text such as `ip and ip6: mangle, nat`, which groups families that have the same tables. */
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

/** The largest number of rules that one sentence names. */
const MOST = 5;

/** Returns a text such as `tcp 8445 -> 8443 (web)`. Closing rules are named only if there is no redirect. */
export function describeRules(rules: readonly NamedRule[]): string {
  const redirects = rules.filter(({ rule }) => rule.kind === 'redirect');
  const loopbacks = rules.filter(({ rule }) => rule.kind === 'loopback');
  const shown = redirects.length > 0 ? redirects : loopbacks.length > 0 ? loopbacks : rules;
  const texts = shown.slice(0, MOST).map(describeRule);
  if (shown.length > MOST) texts.push(`and ${shown.length - MOST} more`);
  return texts.join(', ');
}

/** Returns a text such as `tcp 8445 (web) is still redirected to 8443 by the legacy tables (ip: nat)`. */
export function describeStill(served: StillServed): string {
  return describe(served, 'is still');
}

/** Returns a text such as `tcp 8445 (web) is redirected to 8443 by the legacy tables (ip: nat)`. */
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

/** Describes a copy in one sentence. */
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
 * Returns the command that removes the copy and nothing else. It names the firewall's backend if `auto` could choose
 * the backend of the copies once the firewall's own rules are gone.
 */
export function remedyOf(copy: Copy, owner: string, backend: string): string {
  const words = ['portshift clear --copies'];
  if (owner !== 'portshift') words.push(`--owner ${owner}`);
  if (copy.backend !== 'iptables-nft') words.push(`--backend ${backend}`);
  return words.join(' ');
}
