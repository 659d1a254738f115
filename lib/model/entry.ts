import { Bearer } from '../util/bearer';
import { checkName } from './fields';
import { readLoopback } from './loopback';
import { readMarkDrop } from './mark-drop';
import type { Port } from './port';
import { Published } from './published';
import { readRedirect } from './redirect';
import type { Rule } from './rule';
import type { Family, Protocol } from './table-rule';

/** A published port as it is installed, with a value for every option. */
export interface Publication {
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: Port;
  readonly targetPort: number;
  readonly destination?: string;
  readonly interface?: string;
  readonly targetAddress?: string;
  readonly direct: 'closed' | 'local' | 'open';
  readonly deny: 'drop' | 'reject';
  readonly established: 'keep' | 'drop';
  readonly loopback: boolean;
  /** Set if the firewall served only one family. */
  readonly family?: Family;
}

/** A member of a ruleset: a rule with the name of the published port that it is part of, if any. */
export interface Entry {
  readonly rule: Rule;
  readonly name?: string;
  /**
   * The published port, on the entry of its redirect only. It holds the options that the other rules of the published
   * port are derived from.
   */
  readonly publication?: Publication;
}

/** Stores the key of an entry on the entry, because entries do not change and their keys are read again and again. */
class Keyed extends Bearer {
  readonly #key: string;

  constructor(entry: Entry) {
    super(entry);
    this.#key = writeKey(entry);
  }

  static keyOf(entry: Entry): string {
    return #key in entry ? (entry as unknown as Keyed).#key : new Keyed(entry).#key;
  }
}

/**
 * Returns the entry as one line of text. It is the entry's key in a ruleset, and the comment of its rules in the
 * kernel, such as `redirect tcp 8445>8443 at=192.0.2.7 in=eth0 name=web opt=local,reject`. Default values are left out.
 * The line has at most 245 bytes, so that with the prefix it fits a comment (256 bytes, linux/netfilter/xt_comment.h).
 */
export function entryKey(entry: Entry): string {
  return Keyed.keyOf(entry);
}

/**
 * Returns true if both are the same member of a ruleset. Most entries that are not differ in kind or port, which are
 * compared first.
 */
export function isSame(one: Entry, other: Entry): boolean {
  if (one === other) return true;
  const { rule } = other;
  return one.rule.port === rule.port && one.rule.kind === rule.kind && entryKey(one) === entryKey(other);
}

export function isAmong(entry: Entry, entries: readonly Entry[]): boolean {
  for (const one of entries) if (isSame(one, entry)) return true;
  return false;
}

/**
 * Returns the entries that are not among `others`, possibly as the array `entries` itself. Results of one or two
 * entries are array literals, which have no spare capacity, because they may be kept for long.
 */
export function notAmong(others: readonly Entry[], entries: readonly Entry[]): readonly Entry[] {
  let count = 0;
  let first: Entry | undefined;
  let second: Entry | undefined;
  for (const entry of entries) {
    if (isAmong(entry, others)) continue;
    count += 1;
    if (first === undefined) first = entry;
    else second ??= entry;
  }
  if (first === undefined) return NONE;
  if (count === entries.length) return entries;
  if (second === undefined) return [first];
  return count === 2 ? [first, second] : entries.filter((entry) => !isAmong(entry, others));
}

const NONE: readonly Entry[] = [];

/** Returns the key of an entry without storing it on the entry, for callers that do not need it again. */
export function writeKey(entry: Entry): string {
  const { rule, name } = entry;
  let key = `${rule.kind} ${rule.protocol} ${rule.port}`;
  if (rule.kind !== 'markDrop') {
    key += `>${rule.targetPort}`;
    if (rule.destination !== undefined) key += ` at=${rule.destination}`;
    if (rule.kind === 'redirect' && rule.interface !== undefined) key += ` in=${rule.interface}`;
    if (rule.targetAddress !== undefined) key += ` via=${rule.targetAddress}`;
  }
  if (name !== undefined) key += ` name=${name}`;
  return key + optionText(entry);
}

/** Returns the end of an entry's text, such as ` opt=local,reject`, or an empty string. */
export function optionText(entry: Entry): string {
  const options = optionsOf(entry);
  return options === '' ? '' : ` opt=${options.slice(1)}`;
}

/** Returns the options, each with a comma before it. */
function optionsOf({ rule, publication }: Entry): string {
  let options = '';
  const closing = rule.kind === 'markDrop' ? rule : publication;
  if (closing !== undefined) {
    if (closing.direct !== 'closed') options += `,${closing.direct}`;
    if (closing.deny === 'reject') options += ',reject';
    if (closing.established === 'drop') options += ',cut';
  }
  if (publication?.loopback === false) options += ',nolo';
  const family = publication === undefined ? explicitFamily(rule) : publication.family;
  if (family !== undefined) options += family === 'ipv4' ? ',v4' : ',v6';
  return options;
}

/** Returns the family of a rule; undefined if an address of the rule determines it. */
function explicitFamily(rule: Rule): Family | undefined {
  if (rule.kind === 'redirect' && (rule.destination ?? rule.targetAddress) !== undefined) return undefined;
  if (rule.kind === 'loopback' && rule.targetAddress !== undefined) return undefined;
  return rule.family;
}

/** Parses a text that `entryKey` has written. Returns undefined for any other text. */
export function parseEntry(text: string): Entry | undefined {
  try {
    const entry = parseWords(text.split(' '));
    return entry !== undefined && entryKey(entry) === text ? entry : undefined;
  } catch {
    return undefined;
  }
}

function parseWords(words: readonly string[]): Entry | undefined {
  const values = valuesOf(words);
  const options = readOptions(values.opt);
  const rule = parseRule(words, values, options);
  const { name } = values;
  if (rule === undefined || name === undefined) return rule && { rule };
  checkName('name', name);
  if (rule.kind !== 'redirect') return { name, rule };
  const { protocol, port, targetPort, destination, interface: from, targetAddress } = rule;
  const { direct, deny, established, loopback, family } = options;
  const translated = { protocol, port, targetPort, destination, interface: from, targetAddress };
  return new Published({ name, ...translated, direct, deny, established, loopback, family });
}

type Values = Readonly<Partial<Record<'name' | 'at' | 'in' | 'via' | 'opt', string>>>;

const FIRST_VALUE = 3;

/** Returns the values by the words before their equals signs. */
function valuesOf(words: readonly string[]): Values {
  const values: Record<string, string> = {};
  for (let index = FIRST_VALUE; index < words.length; index += 1) {
    const word = words[index] as string;
    const end = word.indexOf('=');
    values[word.slice(0, end)] = word.slice(end + 1);
  }
  return values;
}

const NO_OPTIONS: readonly string[] = [];

function readOptions(text: string | undefined) {
  const options = text === undefined ? NO_OPTIONS : text.split(',');
  return {
    direct: options.includes('open') ? 'open' : options.includes('local') ? 'local' : 'closed',
    deny: options.includes('reject') ? 'reject' : 'drop',
    established: options.includes('cut') ? 'drop' : 'keep',
    loopback: !options.includes('nolo'),
    family: options.includes('v4') ? 'ipv4' : options.includes('v6') ? 'ipv6' : undefined,
  } as const;
}

function parseRule(
  [kind, protocol, ports = '']: readonly string[],
  { at: destination, in: inInterface, via: targetAddress }: Values,
  { direct, deny, established, family }: ReturnType<typeof readOptions>,
): Rule | undefined {
  if (protocol !== 'tcp' && protocol !== 'udp') return undefined;
  if (kind === 'markDrop') return readMarkDrop('', { protocol, port: ports, direct, deny, established, family });
  const arrow = ports.indexOf('>');
  const [port, targetPort] = [ports.slice(0, arrow), Number(ports.slice(arrow + 1))];
  if (kind === 'loopback') {
    const only = targetAddress === undefined ? family : undefined;
    return readLoopback('', { protocol, port, targetPort, destination, targetAddress, family: only });
  }
  if (kind !== 'redirect') return undefined;
  const only = (destination ?? targetAddress) === undefined ? family : undefined;
  const from = { destination, interface: inInterface, targetAddress, family: only };
  return readRedirect('', { protocol, port, targetPort, ...from });
}
