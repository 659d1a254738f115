import type { Family, Protocol } from '../tables/table-rule';
import { Bearer } from './bearer';
import { checkName } from './fields';
import { readLoopback } from './loopback';
import { readMarkDrop } from './mark-drop';
import type { Port } from './port';
import { Published } from './published';
import { readRedirect } from './redirect';
import type { Rule } from './rule';

/** A published port as it is installed: every option with its value. */
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
  /** Set where the firewall served one family only. */
  readonly family?: Family;
}

/** A rule as a member of a ruleset, with the name of the published port that it is part of, if any. */
export interface Entry {
  readonly rule: Rule;
  readonly name?: string;
  /** All that the published port is, on its redirect only: the options that its other rules came from are told there. */
  readonly publication?: Publication;
}

/** A key on the entry that it belongs to: entries do not change, and are asked for their keys again and again. */
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
 * The entry as one line of text: its key in a ruleset, and what its rules carry as a comment in the kernel, such as
 * `redirect tcp 8445>8443 at=192.0.2.7 in=eth0 name=web opt=local,reject`. Values that are the default are left out.
 * At most 245 bytes, so that it fits a comment (256 bytes, linux/netfilter/xt_comment.h) with the prefix.
 */
export function entryKey(entry: Entry): string {
  return Keyed.keyOf(entry);
}

/** Whether they are one and the same member of a ruleset. Most that are not differ in their kinds or ports. */
export function isSame(one: Entry, other: Entry): boolean {
  if (one === other) return true;
  const { rule } = other;
  return one.rule.port === rule.port && one.rule.kind === rule.kind && entryKey(one) === entryKey(other);
}

export function isAmong(entry: Entry, entries: readonly Entry[]): boolean {
  for (const one of entries) if (isSame(one, entry)) return true;
  return false;
}

/** In an array that has no room to grow, as it may be kept for long; it may be the very one that was given. */
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

/** The same key, made anew and not kept on the entry: for who has no use for it later. */
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

/** What an entry's text ends with: ` opt=local,reject`, or nothing. */
export function optionText(entry: Entry): string {
  const options = optionsOf(entry);
  return options === '' ? '' : ` opt=${options.slice(1)}`;
}

/** Each with a comma before it. */
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

/** The family where no address of the rule already says it. */
function explicitFamily(rule: Rule): Family | undefined {
  if (rule.kind === 'redirect' && (rule.destination ?? rule.targetAddress) !== undefined) return undefined;
  if (rule.kind === 'loopback' && rule.targetAddress !== undefined) return undefined;
  return rule.family;
}

/** The inverse of entryKey; undefined for a text that it did not write. */
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

/** By the word in front of the equals sign. */
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
